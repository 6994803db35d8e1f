// The live map: draws deliveries on a stage, and animates their vehicles.

import { hasEnded, isOnMap, type Deliveries, type Delivery } from "../deliveries";
import { boundsOf, measureLine, metersPerPixel, type MeasuredLine } from "../geo";
import { RouteLines } from "../http";
import type { LngLat, RouteSummary } from "../protocol";
import { collection, endFeatures, lineFeatures, type Drawn } from "./features";
import { ENDS_SOURCE, LAYERS, LINES_SOURCE, SOURCES, VEHICLES_LAYER, VEHICLES_SOURCE } from "./layers";
import { Stage, type BaseKind } from "./stage";
import { Vehicles } from "./vehicles";

export interface LiveMapOptions {
  container: HTMLElement;
  /** A vehicle was clicked. */
  onPick: (deliveryId: string) => void;
  /** The user dragged the map. */
  onUserMove: () => void;
  onBase: (base: BaseKind) => void;
}

/** With many vehicles, frames are costly and the moves small: at most 30 per second, and fewer on a slow machine. */
const MANY_VEHICLES = 40;
const MIN_FRAME_INTERVAL = 33;
/** When frames arrive this late, in milliseconds, every second one is left to the rest of the page. */
const SLOW_FRAME = 50;
/** Lines arrive in bursts and are drawn together after this delay. */
const LINES_DELAY = 80;

export class LiveMap {
  readonly #stage: Stage;
  readonly #vehicles = new Vehicles();
  readonly #fetched = new RouteLines();
  readonly #lines = new Map<string, MeasuredLine>();
  readonly #reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  #routes: readonly RouteSummary[] = [];
  #shown: readonly Delivery[] = [];
  #following: string | null = null;
  #frame: number | null = null;
  #lastFrame = 0;
  #askedAt = 0;
  #linesTimer: ReturnType<typeof setTimeout> | undefined;
  #linesDrawn = "";

  constructor(options: LiveMapOptions) {
    this.#stage = new Stage({
      container: options.container,
      sources: SOURCES,
      layers: LAYERS,
      onBase: options.onBase,
      onUserMove: options.onUserMove,
      onReady: () => {
        this.#drawLines();
        this.fit(false);
        this.#schedule();
      },
      onResize: () => {
        this.fit(false);
      },
    });
    const { map } = this.#stage;
    map.on("click", VEHICLES_LAYER, (event) => {
      const id: unknown = event.features?.[0]?.properties.deliveryId;
      if (typeof id === "string") options.onPick(id);
    });
    map.on("mouseenter", VEHICLES_LAYER, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", VEHICLES_LAYER, () => (map.getCanvas().style.cursor = ""));
    map.on("zoomend", () => {
      this.#schedule();
    });
    document.addEventListener("visibilitychange", this.#schedule);
  }

  chooseBase(mapStyle: Promise<string | null>): Promise<void> {
    return this.#stage.chooseBase(mapStyle);
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

  /** The available routes: shown while no delivery is active. */
  setRoutes(routes: readonly RouteSummary[]): void {
    this.#routes = routes;
    this.#drawGround();
    if (this.#shown.length === 0) this.fit(false);
  }

  /** Shows all deliveries, or all routes when there are none. */
  fit(requested = true): void {
    // A move that starts before the style is loaded would use the map's old size.
    if (!this.#stage.ready || (this.#following !== null && !requested)) return;
    const roads = this.#roads();
    this.#stage.camera.fit(boundsOf((roads.length > 0 ? roads : this.#places()).flat()), requested);
  }

  /** The user has started a delivery: the map shows its line when it arrives, even if the user moved the map. */
  expectOwn(): void {
    this.#stage.camera.release();
  }

  zoomBy(levels: number): void {
    this.#stage.zoomBy(levels);
  }

  setLabel(label: string): void {
    this.#stage.setLabel(label);
  }

  destroy(): void {
    document.removeEventListener("visibilitychange", this.#schedule);
    clearTimeout(this.#linesTimer);
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#stage.destroy();
  }

  #follow(following: string | null) {
    if (following === this.#following) return;
    this.#following = following;
    this.#vehicles.redraw();
    const pose = following === null ? null : this.#vehicles.poseOf(following);
    if (pose !== null) this.#stage.camera.approach(pose.position);
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
    }, LINES_DELAY);
  }

  #drawLines() {
    if (!this.#stage.ready) return;
    const drawn = this.#drawn();
    const fingerprint = drawn
      .map(({ delivery }) => `${delivery.deliveryId}${hasEnded(delivery.phase) ? "-" : "+"}`)
      .join(" ");
    if (fingerprint === this.#linesDrawn) return;
    const grown = drawn.some(({ delivery }) => !this.#linesDrawn.includes(delivery.deliveryId));
    this.#linesDrawn = fingerprint;
    this.#stage.source(LINES_SOURCE)?.setData(lineFeatures(drawn));
    this.#stage.source(ENDS_SOURCE)?.setData(endFeatures(drawn));
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
    this.#stage.setGround(this.#roads(), this.#places());
  }

  #roads(): (readonly LngLat[])[] {
    return this.#drawn().map(({ path }) => path);
  }

  #places(): (readonly LngLat[])[] {
    return this.#routes.map(({ startPosition, endPosition }) => [startPosition, endPosition]);
  }

  readonly #schedule = () => {
    if (this.#frame !== null || document.hidden || !this.#stage.ready) return;
    this.#askedAt = performance.now();
    this.#frame = requestAnimationFrame(this.#tick);
  };

  readonly #tick = () => {
    this.#frame = null;
    const now = performance.now();
    const late = now - this.#askedAt;
    const pause = Math.max(MIN_FRAME_INTERVAL, late > SLOW_FRAME ? 2 * late : 0);
    if (this.#shown.length > MANY_VEHICLES && now - this.#lastFrame < pause) {
      this.#schedule();
      return;
    }
    this.#lastFrame = now;
    const { map } = this.#stage;
    const scale = metersPerPixel(map.getZoom(), map.getCenter().lat);
    const still = this.#reducedMotion.matches;
    const { moving, visible } = this.#vehicles.advance(now, scale, still);
    if (visible) {
      const features = this.#vehicles.features(this.#following);
      this.#stage.source(VEHICLES_SOURCE)?.setData(collection(features));
      map.getContainer().dataset.vehicles = String(features.length);
    }
    const pose = this.#following === null ? null : this.#vehicles.poseOf(this.#following);
    const travelling = pose !== null && this.#stage.camera.follow(pose.position, now, still);
    if (moving || travelling) this.#schedule();
  };
}
