// The map itself: MapLibre, the page's layers over a base map, and the frames that move the vehicles.

import type { GeoJSONSource, Map as MapLibre, StyleSpecification } from "maplibre-gl";
import { hasEnded, isOnMap, type Deliveries, type Delivery } from "../deliveries";
import { boundsOf, measureLine, metersPerPixel, type MeasuredLine } from "../geo";
import { Lines } from "../http";
import type { LngLat, RouteSummary } from "../protocol";
import { fetchStyle, putUnder, tilesArrive } from "./base";
import { BuiltInBase } from "./builtin";
import { Camera } from "./camera";
import { collection, endFeatures, lineFeatures, type Drawn } from "./features";
import { provideIcons } from "./icons";
import { ENDS_SOURCE, LAYERS, LINES_SOURCE, SOURCES, VEHICLES_LAYER, VEHICLES_SOURCE, VEIL } from "./layers";
import maplibregl from "./maplibre";
import { Vehicles } from "./vehicles";

export type BaseKind = "loading" | "public" | "built-in";

export interface LiveMapOptions {
  container: HTMLElement;
  /** A vehicle was clicked. */
  onPick: (deliveryId: string) => void;
  /** The person dragged the map. */
  onTakenOver: () => void;
  onBase: (base: BaseKind) => void;
}

/** Brasília, where the routes that ship are: until something better is known. */
const HOME: [number, number] = [-47.9277, -15.8265];
/** Frames with many vehicles are costly and their moves small: no more than 30 a second then, and fewer where the machine is slow. */
const MANY = 40;
const FRAME_OF_MANY = 33;
/** Where a frame comes as late as this, in milliseconds, every second one is left to the rest of the page. */
const LATE = 50;
/** Lines arrive in bursts; they are drawn together. */
const LINES_TOGETHER = 80;

export class LiveMap {
  readonly #map: MapLibre;
  readonly #camera: Camera;
  readonly #vehicles = new Vehicles();
  readonly #fetched = new Lines();
  readonly #lines = new Map<string, MeasuredLine>();
  readonly #reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  readonly #onBase: LiveMapOptions["onBase"];
  #builtIn: BuiltInBase | null = null;
  #routes: readonly RouteSummary[] = [];
  #shown: readonly Delivery[] = [];
  #following: string | null = null;
  #ready = false;
  #frame: number | null = null;
  #lastFrame = 0;
  #askedAt = 0;
  #linesTimer: ReturnType<typeof setTimeout> | undefined;
  #linesDrawn = "";
  #destroyed = false;
  /** MapLibre's own misses a change before its first look, as when the list arrives while the map starts. */
  readonly #resizes = new ResizeObserver(() => {
    this.#map.resize();
    this.fit(false);
  });

  constructor(options: LiveMapOptions) {
    this.#onBase = options.onBase;
    const style: StyleSpecification = { version: 8, sources: SOURCES, layers: LAYERS };
    this.#map = new maplibregl.Map({
      container: options.container,
      style,
      center: HOME,
      zoom: 14,
      minZoom: 1,
      maxPitch: 60,
      attributionControl: { compact: true },
      trackResize: false,
      fadeDuration: 150,
    });
    this.#resizes.observe(options.container);
    this.#camera = new Camera(this.#map, options.onTakenOver);
    provideIcons(this.#map);
    // A base map's tile or picture that fails is no failure of the page.
    this.#map.on("error", () => undefined);
    this.#map.on("click", VEHICLES_LAYER, (event) => {
      const id: unknown = event.features?.[0]?.properties.deliveryId;
      if (typeof id === "string") options.onPick(id);
    });
    this.#map.on("mouseenter", VEHICLES_LAYER, () => (this.#map.getCanvas().style.cursor = "pointer"));
    this.#map.on("mouseleave", VEHICLES_LAYER, () => (this.#map.getCanvas().style.cursor = ""));
    this.#map.on("zoomend", () => {
      this.#schedule();
    });
    void this.#map.once("load", () => {
      this.#ready = true;
      this.#drawLines();
      this.fit(false);
      this.#schedule();
    });
    document.addEventListener("visibilitychange", this.#schedule);
  }

  /** Looks for the public style and settles for the built-in one. */
  async chooseBase(mapStyle: Promise<string | null>): Promise<void> {
    const fetched = mapStyle.then((url) => (url === null ? null : fetchStyle(url)));
    const [style] = await Promise.all([fetched, this.#loaded()]);
    if (this.#isGone()) return;
    if (style !== null && (await this.#tryPublic(style))) {
      this.#onBase("public");
    } else if (!this.#isGone()) {
      this.#builtIn = new BuiltInBase(this.#map, VEIL);
      this.#drawGround();
      this.#onBase("built-in");
    }
    if (!this.#isGone()) this.#map.setPaintProperty(VEIL, "background-opacity", 0);
  }

  update(deliveries: Deliveries, following: string | null): void {
    const now = Date.now();
    const shown = [...deliveries.values()].filter((delivery) => isOnMap(delivery, now));
    const ids = new Set(shown.map((delivery) => delivery.deliveryId));
    for (const id of this.#lines.keys()) {
      if (ids.has(id)) continue;
      this.#lines.delete(id);
      this.#fetched.forget(id);
    }
    this.#shown = shown;
    for (const delivery of shown) {
      void this.#fetchLine(delivery);
      this.#vehicles.put(delivery, this.#lines.get(delivery.deliveryId) ?? null, performance.now());
    }
    this.#vehicles.keep(ids);
    this.#follow(following);
    this.#drawLinesSoon();
    this.#schedule();
  }

  /** The routes that can be chosen: what the map shows while nothing is under way. */
  setRoutes(routes: readonly RouteSummary[]): void {
    this.#routes = routes;
    this.#drawGround();
    if (this.#shown.length === 0) this.fit(false);
  }

  /** Shows all deliveries, or all routes when there are none. */
  fit(askedFor = true): void {
    // A move that begins before the style is there goes on with the size that the map had then.
    if (!this.#ready || (this.#following !== null && !askedFor)) return;
    const roads = this.#roads();
    this.#camera.fit(boundsOf((roads.length > 0 ? roads : this.#places()).flat()), askedFor);
  }

  /** The person has started a delivery: when its line comes, it is shown, wherever they had taken the map. */
  expectOwn(): void {
    this.#camera.release();
  }

  zoomBy(levels: number): void {
    this.#map.easeTo({ zoom: this.#map.getZoom() + levels, duration: 250 });
  }

  setLabel(label: string): void {
    this.#map.getCanvas().setAttribute("aria-label", label);
  }

  destroy(): void {
    this.#destroyed = true;
    document.removeEventListener("visibilitychange", this.#schedule);
    clearTimeout(this.#linesTimer);
    this.#resizes.disconnect();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#map.remove();
  }

  #isGone(): boolean {
    return this.#destroyed;
  }

  async #loaded(): Promise<void> {
    if (!this.#ready) await this.#map.once("load");
  }

  async #tryPublic(style: StyleSpecification): Promise<boolean> {
    try {
      this.#map.setStyle(style, {
        transformStyle: (current, next) => (current === undefined ? next : putUnder(next, current, VEIL)),
      });
    } catch {
      return false;
    }
    return tilesArrive(this.#map, Object.keys(style.sources));
  }

  #follow(following: string | null) {
    if (following === this.#following) return;
    this.#following = following;
    this.#vehicles.redraw();
    const pose = following === null ? null : this.#vehicles.poseOf(following);
    if (pose !== null) this.#camera.approach(pose.position);
  }

  async #fetchLine(delivery: Delivery): Promise<void> {
    const id = delivery.deliveryId;
    if (this.#lines.has(id)) return;
    const route = await this.#fetched.get(id);
    const current = this.#shown.find((shown) => shown.deliveryId === id);
    if (route === null || current === undefined || this.#lines.has(id)) return;
    const line = measureLine(route.path);
    this.#lines.set(id, line);
    this.#vehicles.put(current, line, performance.now());
    this.#drawLinesSoon();
    this.#schedule();
  }

  #drawLinesSoon() {
    this.#linesTimer ??= setTimeout(() => {
      this.#linesTimer = undefined;
      this.#drawLines();
    }, LINES_TOGETHER);
  }

  #drawLines() {
    if (!this.#ready) return;
    const drawn = this.#drawn();
    const fingerprint = drawn
      .map(({ delivery }) => `${delivery.deliveryId}${hasEnded(delivery.phase) ? "-" : "+"}`)
      .join(" ");
    if (fingerprint === this.#linesDrawn) return;
    const grown = drawn.some(({ delivery }) => !this.#linesDrawn.includes(delivery.deliveryId));
    this.#linesDrawn = fingerprint;
    this.#source(LINES_SOURCE)?.setData(lineFeatures(drawn));
    this.#source(ENDS_SOURCE)?.setData(endFeatures(drawn));
    this.#drawGround();
    if (grown) this.fit(false);
  }

  #drawn(): Drawn[] {
    return this.#shown.flatMap((delivery) => {
      const line = this.#lines.get(delivery.deliveryId);
      return line === undefined ? [] : [{ delivery, path: line.points }];
    });
  }

  #drawGround() {
    this.#builtIn?.setPaths(this.#roads(), this.#places());
  }

  #roads(): (readonly LngLat[])[] {
    return this.#drawn().map(({ path }) => path);
  }

  #places(): (readonly LngLat[])[] {
    return this.#routes.map(({ startPosition, endPosition }) => [startPosition, endPosition]);
  }

  readonly #schedule = () => {
    if (this.#frame !== null || document.hidden || !this.#ready) return;
    this.#askedAt = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  };

  readonly #tick = () => {
    this.#frame = null;
    const now = performance.now();
    const late = now - this.#askedAt;
    const pause = Math.max(FRAME_OF_MANY, late > LATE ? 2 * late : 0);
    if (this.#shown.length > MANY && now - this.#lastFrame < pause) {
      this.#schedule();
      return;
    }
    this.#lastFrame = now;
    const scale = metersPerPixel(this.#map.getZoom(), this.#map.getCenter().lat);
    const still = this.#reducedMotion.matches;
    const { moving, visible } = this.#vehicles.advance(now, scale, still);
    if (visible) {
      const features = this.#vehicles.features(this.#following);
      this.#source(VEHICLES_SOURCE)?.setData(collection(features));
      this.#map.getContainer().dataset.vehicles = String(features.length);
    }
    const pose = this.#following === null ? null : this.#vehicles.poseOf(this.#following);
    const travelling = pose !== null && this.#camera.follow(pose.position, now, still);
    if (moving || travelling) this.#schedule();
  };

  #source(id: string): GeoJSONSource | undefined {
    return this.#map.getSource(id);
  }
}
