declare module "maplibre-gl/dist/maplibre-gl-csp" {
  export { default } from "maplibre-gl";
}
