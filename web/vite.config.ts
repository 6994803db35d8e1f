import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const gateway = process.env.GATEWAY ?? "http://127.0.0.1:30080";

export default defineConfig({
  // Relative addresses, so that the page also works below a path of an ingress.
  base: "./",
  plugins: [react()],
  build: {
    target: "es2022",
    // MapLibre alone is about 1 MB; it is a chunk of its own, loaded after the form.
    chunkSizeWarningLimit: 1200,
  },
  server: {
    host: "127.0.0.1",
    proxy: {
      "/routes": gateway,
      "/deliveries": gateway,
      "/history": gateway,
      "/config.json": gateway,
      // Behind an entrance, which joins other services to the gateway.
      "/api": gateway,
      "/mail": gateway,
      "/ws": { target: gateway, ws: true },
    },
  },
  test: { include: ["src/**/*.test.ts"] },
});
