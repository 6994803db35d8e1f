// MapLibre, in the build whose worker is a file of the page: the page's policy lets no script be made of a blob.

import maplibregl from "maplibre-gl/dist/maplibre-gl-csp";
import worker from "maplibre-gl/dist/maplibre-gl-csp-worker?url";

maplibregl.setWorkerUrl(worker);

export default maplibregl;
