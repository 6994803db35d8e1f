// MapLibre in the build whose worker is a separate file: the page's Content Security Policy forbids blob workers.

import maplibregl from "maplibre-gl/dist/maplibre-gl-csp";
import worker from "maplibre-gl/dist/maplibre-gl-csp-worker?url";

maplibregl.setWorkerUrl(worker);

export default maplibregl;
