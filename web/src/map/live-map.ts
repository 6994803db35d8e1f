// The live map: draws deliveries on a stage, and animates their vehicles.

import { hasEnded, isOnMap, type Deliveries, type Delivery } from "../deliveries";
import { isStale } from "../freshness";
import { boundsOf, measureLine, metersPerPixel, type MeasuredLine } from "../geo";
import { fetchDrivenRoute } from "../http";
import type { Language } from "../i18n";
import type { LngLat, Route, RouteSummary } from "../protocol";
import { RouteLines } from "../route-lines";
import { Crowds } from "./crowds";
import { collection, endFeatures, lineFeatures, worthDrawing, type Drawn } from "./features";
import {
  COUNTS_LAYER,
  ENDS_SOURCE,
  LAYERS,
  LINES_SOURCE,
  SOURCES,
  VEHICLES_LAYER,
  VEHICLES_SOURCE,
} from "./layers";
import { Stage, type BaseKind } from "./stage";
import { Vehicles } from "./vehicles";

export interface LiveMapOptions {
  container: HTMLElement;
  /** A vehicle was clicked. */
  onPick: (deliveryId: string) => void;
  /** The pointer is over a vehicle; null: over none. */
  onPoint: (deliveryId: string | null) => void;
  /** The user dragged the map. */
  onUserMove: () => void;
  onBase: (base: BaseKind) => void;
}

/** With many vehicles, frames are costly and the moves small: at most 30 per second, and fewer on a slow machine. */
const MANY_VEHICLES = 40;
const MIN_FRAME_INTERVAL = 33;
/** When frames arrive this late, in milliseconds, every second one is left to the rest of the page. */
const SLOW_FRAME = 50;
/** How long the card stays when the pointer leaves its vehicle, milliseconds: to reach the card. */
const POINT_DELAY = 300;
/** Pixels between the card and its vehicle, and between the card and the edge of the map. */
const CARD_DISTANCE = 22;
const EDGE = 8;
/** Lines arrive in bursts and are drawn together after this delay. */
const LINES_DELAY = 80;

export class LiveMap {
  readonly #stage: Stage;
  readonly #vehicles = new Vehicles();
  readonly #fetched = new RouteLines(fetchDrivenRoute);
  /** By delivery; those on the same route share theirs. */
  readonly #lines = new Map<string, MeasuredLine>();
  readonly #measured = new WeakMap<Route, MeasuredLine>();
  readonly #reducedMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  #routes: readonly RouteSummary[] = [];
  #shown: ReadonlyMap<string, Delivery> = new Map();
  #following: string | null = null;
  #pointed: string | null = null;
  /** The card of the vehicle that is pointed at. */
  #card: HTMLElement | null = null;
  #pointTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #crowds: Crowds;
  #frame: number | null = null;
  #lastFrame = 0;
  #framesDrawn = 0;
  #askedAt = 0;
  #linesTimer: ReturnType<typeof setTimeout> | undefined;
  #linesDrawn = "";
  #deliveriesDrawn: ReadonlySet<string> = new Set();
  #linesFollowing: string | null = null;

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
    this.#crowds = new Crowds(this.#stage, () => {
      this.#vehicles.redraw();
      this.#schedule();
    });
    map.on("click", VEHICLES_LAYER, (event) => {
      const id: unknown = event.features?.[0]?.properties.deliveryId;
      // The count lies above the vehicles.
      const isCount = map.queryRenderedFeatures(event.point, { layers: [COUNTS_LAYER] }).length > 0;
      if (typeof id === "string" && !isCount) options.onPick(id);
    });
    map.on("mousemove", VEHICLES_LAYER, (event) => {
      map.getCanvas().style.cursor = "pointer";
      clearTimeout(this.#pointTimer);
      const id: unknown = event.features?.[0]?.properties.deliveryId;
      if (typeof id === "string") options.onPoint(id);
    });
    map.on("mouseleave", VEHICLES_LAYER, () => {
      map.getCanvas().style.cursor = "";
      clearTimeout(this.#pointTimer);
      this.#pointTimer = setTimeout(() => {
        if (this.#card?.matches(":hover") !== true) options.onPoint(null);
      }, POINT_DELAY);
    });
    map.on("move", this.#placeCard);
    map.on("zoomend", () => {
      // Vehicles at rest may now be apart, or on top of each other.
      this.#vehicles.redraw();
      this.#schedule();
    });
    document.addEventListener("visibilitychange", this.#schedule);
  }

  chooseBase(mapStyle: Promise<string | null>): Promise<void> {
    return this.#stage.chooseBase(mapStyle);
  }

  update(deliveries: Deliveries, following: string | null, pointed: string | null, polling: boolean): void {
    const now = Date.now();
    this.#pointed = pointed;
    const shown = new Map([...deliveries].filter(([, delivery]) => isOnMap(delivery, now)));
    const ids = new Set(shown.keys());
    for (const id of this.#shown.keys()) {
      if (ids.has(id)) continue;
      this.#lines.delete(id);
      this.#fetched.forget(id);
    }
    this.#shown = shown;
    let stales = 0;
    for (const delivery of shown.values()) {
      if (!this.#lines.has(delivery.deliveryId)) void this.#fetchLine(delivery);
      const stale = isStale(delivery, now, polling);
      stales += stale ? 1 : 0;
      const line = this.#lines.get(delivery.deliveryId) ?? null;
      this.#vehicles.put(delivery, line, performance.now(), stale);
    }
    this.#stage.map.getContainer().dataset.stale = String(stales);
    this.#vehicles.keep(ids);
    this.#follow(following);
    this.#drawLinesSoon();
    this.#schedule();
    this.#placeCard();
  }

  /** The element that is kept beside the vehicle that is pointed at; null: none. */
  setCard(card: HTMLElement | null): void {
    this.#card = card;
    this.#placeCard();
  }

  /** The available routes: shown while no delivery is active. */
  setRoutes(routes: readonly RouteSummary[]): void {
    this.#routes = routes;
    this.#drawGround();
    if (this.#shown.size === 0) this.fit(false);
  }

  /** Shows all deliveries, or all routes when there are none. */
  fit(requested = true): void {
    // A move that starts before the style is loaded would use the map's old size.
    if (!this.#stage.ready || (this.#following !== null && !requested)) return;
    const roads = this.#roads();
    this.#stage.camera.fit(boundsOf(roads.length > 0 ? roads : this.#places()), requested);
  }

  /** The user has started a delivery: the map shows its line when it arrives, even if the user moved the map. */
  expectOwn(): void {
    this.#stage.camera.release();
  }

  /** How often the vehicles were drawn. */
  get drawn(): number {
    return this.#framesDrawn;
  }

  zoomBy(levels: number): void {
    this.#stage.zoomBy(levels);
  }

  setLabel(label: string, language: Language): void {
    this.#stage.setLabel(label, language);
  }

  destroy(): void {
    document.removeEventListener("visibilitychange", this.#schedule);
    clearTimeout(this.#linesTimer);
    clearTimeout(this.#pointTimer);
    this.#crowds.destroy();
    if (this.#frame !== null) cancelAnimationFrame(this.#frame);
    this.#stage.destroy();
  }

  readonly #placeCard = () => {
    const pose = this.#pointed === null ? null : this.#vehicles.poseOf(this.#pointed);
    if (this.#card === null || this.#pointed === null) return;
    this.#card.hidden = pose === null;
    if (pose === null) return;
    const [lng, lat] = this.#crowds.place(this.#pointed, pose.position);
    const { map } = this.#stage;
    const { x, y } = map.project([lng, lat]);
    const { clientWidth: width, clientHeight: height } = map.getContainer();
    const { offsetWidth, offsetHeight } = this.#card;
    // Of a vehicle outside of the map there is nothing to say where it is.
    this.#card.hidden = x < 0 || y < 0 || x > width || y > height;
    const left = Math.max(EDGE, Math.min(width - offsetWidth - EDGE, x - offsetWidth / 2));
    const above = y - offsetHeight - CARD_DISTANCE;
    const top = above >= EDGE ? above : y + CARD_DISTANCE;
    this.#card.style.translate = `${Math.round(left)}px ${Math.round(top)}px`;
  };

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
    const route = await this.#fetched.get(delivery);
    const current = this.#shown.get(id);
    if (route === null || current === undefined || this.#lines.has(id)) return;
    const line = this.#measured.get(route) ?? measureLine(route.path);
    this.#measured.set(route, line);
    this.#lines.set(id, line);
    this.#vehicles.put(current, line, performance.now(), isStale(current, Date.now(), false));
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
    const drawn = worthDrawing(this.#drawn(), this.#following);
    const fingerprint = drawn
      .map(({ delivery }) => `${delivery.deliveryId}${hasEnded(delivery.phase) ? "-" : "+"}`)
      .join(" ");
    if (fingerprint === this.#linesDrawn && this.#following === this.#linesFollowing) return;
    this.#linesFollowing = this.#following;
    const grown = drawn.some(({ delivery }) => !this.#deliveriesDrawn.has(delivery.deliveryId));
    this.#linesDrawn = fingerprint;
    this.#deliveriesDrawn = new Set(drawn.map(({ delivery }) => delivery.deliveryId));
    this.#stage.source(LINES_SOURCE)?.setData(lineFeatures(drawn, this.#following));
    this.#stage.source(ENDS_SOURCE)?.setData(endFeatures(drawn));
    this.#drawGround();
    if (grown) this.fit(false);
  }

  #drawn(): Drawn[] {
    return [...this.#shown.values()].flatMap((delivery) => {
      const line = this.#lines.get(delivery.deliveryId);
      return line === undefined ? [] : [{ delivery, path: line.points }];
    });
  }

  #drawGround() {
    this.#stage.setGround(this.#roads(), this.#places());
  }

  #roads(): (readonly LngLat[])[] {
    return worthDrawing(this.#drawn(), null).map(({ path }) => path);
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
    if (this.#shown.size > MANY_VEHICLES && now - this.#lastFrame < pause) {
      this.#schedule();
      return;
    }
    this.#lastFrame = now;
    const { map } = this.#stage;
    const scale = metersPerPixel(map.getZoom(), map.getCenter().lat);
    const still = this.#reducedMotion.matches;
    const { moving, visible } = this.#vehicles.advance(now, scale, still);
    if (visible) {
      const features = this.#vehicles.features(this.#following, this.#crowds.place);
      this.#stage.source(VEHICLES_SOURCE)?.setData(collection(features));
      this.#framesDrawn += 1;
      map.getContainer().dataset.vehicles = String(features.length);
      this.#crowds.draw(() => this.#vehicles.positions(), now);
      this.#placeCard();
    }
    const pose = this.#following === null ? null : this.#vehicles.poseOf(this.#following);
    const travelling = pose !== null && this.#stage.camera.follow(pose.position, now, still);
    if (moving || travelling) this.#schedule();
  };
}
