import "maplibre-gl/dist/maplibre-gl.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./components/App";
import { Session } from "./session";
import "./theme.css";

const root = document.getElementById("root");
if (root === null) throw new Error("the page has no #root");

const session = new Session();
session.start();
createRoot(root).render(
  <StrictMode>
    <App session={session} />
  </StrictMode>,
);
