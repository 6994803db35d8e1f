// The history map: heat, routes, the search area, and a replayed delivery.

import type { Feature, FeatureCollection, LineString, Point } from "geojson";
import { boundsOf, nearLng, withoutOutliers, wrapLng, type Bounds } from "../geo";
import type { SearchArea } from "../history/address";
import { circleAround } from "../history/circle";
import { heatFeatures, heatRadius, routeFeatures } from "../history/heat";
import type { Heat } from "../history/shapes";
import { pathOfPart, poseAt, trailAt, pathBetween, type Tape } from "../history/tape";
import type { Language } from "../i18n";
import type { LngLat, RouteSummary } from "../protocol";
import {
  SEARCH_AREA_SOURCE,
  DRIVEN_SOURCE,
  HEAT_LAYER,
  HEAT_SOURCE,
  HISTORY_LAYERS,
  HISTORY_SOURCES,
  ROUTES_SOURCE,
  TAIL_SOURCE,
  PATH_SOURCE,
} from "./history-layers";
import { pinIcon, titleIcon, vehicleIcon } from "./icons";
import { ENDS_SOURCE, VEHICLES_SOURCE } from "./layers";
import { Stage, type BaseKind } from "./stage";

export interface HistoryMapOptions {
  container: HTMLElement;
  /** The map shows another area, and has been still for a moment. */
  onView: (view: Bounds) => void;
  /** A place was clicked. */
  onPoint: (point: LngLat) => void;
  onBase: (base: BaseKind) => void;
}

/** The appearance of the replayed delivery. */
export interface Replayed {
  deliveryId: string;
  /** Who drives. */
  who: string;
  /** Of the route. */
  title: string;
  vehicle: string;
  colour: string;
}

/** How long the map must be still before its area is queried, milliseconds. */
const IDLE_DELAY = 300;
/** The fraction of the view that is loaded beyond each edge, so that a short drag shows no gap. */
const MARGIN = 0.15;

export class HistoryMap {
  readonly #stage: Stage;
  readonly #container: HTMLElement;
  readonly #onView: HistoryMapOptions["onView"];
  readonly #routes = new Map<string, { heat: Heat; colour: string }>();
  #roads: readonly (readonly LngLat[])[] = [];
  #places: readonly (readonly LngLat[])[] = [];
  /** Drawing that waits until the map is ready. */
  #waiting: (() => void)[] = [];
  #resting: ReturnType<typeof setTimeout> | undefined;
  #tape: Tape | null = null;
  #drawn: { replayed: Replayed; at: number } | null = null;
  #parts = -1;

  constructor(options: HistoryMapOptions) {
    this.#container = options.container;
    this.#onView = options.onView;
    this.#stage = new Stage({
      container: options.container,
      sources: HISTORY_SOURCES,
      layers: HISTORY_LAYERS,
      onBase: options.onBase,
      onUserMove: () => undefined,
      onReady: () => {
        for (const draw of this.#waiting) draw();
        this.#waiting = [];
        if (this.#drawn !== null) this.drawAt(this.#drawn.replayed, this.#drawn.at);
        this.fit(false);
        this.#rest();
      },
      onResize: () => {
        this.fit(false);
        this.#rest();
      },
    });
    const { map } = this.#stage;
    map.getCanvas().style.cursor = "crosshair";
    map.on("click", ({ lngLat }) => {
      const { lng, lat } = lngLat.wrap();
      options.onPoint([lng, lat]);
    });
    map.on("moveend", this.#rest);
  }

  chooseBase(mapStyle: Promise<string | null>): Promise<void> {
    return this.#stage.chooseBase(mapStyle);
  }

  /** The routes: shown while nothing is replayed, and surrounded by the built-in ground. */
  setGround(roads: readonly (readonly LngLat[])[], routes: readonly RouteSummary[]): void {
    this.#roads = roads;
    this.#places = routes.map(({ startPosition, endPosition }) => [startPosition, endPosition]);
    this.#whenReady(() => {
      this.#stage.setGround(this.#roads, this.#places);
      this.fit(false);
    });
  }

  /** Null: none. */
  setHeat(heat: Heat | null): void {
    this.#whenReady(() => {
      const { map } = this.#stage;
      this.#put(HEAT_SOURCE, heat === null ? collection([]) : heatFeatures(heat));
      if (heat !== null) map.setPaintProperty(HEAT_LAYER, "heatmap-radius", heatRadius(heat.precision));
      this.#container.dataset.heat = String(heat?.cells.length ?? 0);
    });
  }

  /** The layer of one route; null: none. */
  setRoute(routeId: string, colour: string, heat: Heat | null): void {
    if (heat === null) this.#routes.delete(routeId);
    else this.#routes.set(routeId, { heat, colour });
    this.#whenReady(() => {
      const features = [...this.#routes].flatMap(([id, route]) =>
        routeFeatures(route.heat, id, route.colour),
      );
      this.#put(ROUTES_SOURCE, collection(features));
      this.#container.dataset.routeLayers = [...this.#routes.keys()].join(" ");
    });
  }

  setSearchArea(area: SearchArea | null): void {
    this.#whenReady(() => {
      if (area === null) {
        this.#put(SEARCH_AREA_SOURCE, collection([]));
        return;
      }
      const circle = circleAround(area);
      this.#put(SEARCH_AREA_SOURCE, {
        type: "FeatureCollection",
        features: [
          { type: "Feature", geometry: circle, properties: null },
          { type: "Feature", geometry: point(area.point), properties: null },
        ],
      });
      const { map } = this.#stage;
      const [lng, lat] = area.point;
      if (!map.getBounds().contains([nearLng(lng, map.getCenter().lng), lat])) {
        const corners = circle.coordinates.flat().map(([lng = 0, lat = 0]): LngLat => [lng, lat]);
        this.#stage.camera.fit(boundsOf([corners]), true);
      }
    });
  }

  /** The tape has grown or is another one; null: the replay was closed. */
  setTape(replayed: Replayed | null, tape: Tape | null): void {
    const begins = this.#tape === null || this.#tape.frames.length === 0;
    this.#tape = tape;
    this.#parts = -1;
    this.#whenReady(() => {
      const path = tape === null ? [] : pathBetween(tape, 0, tape.frames.length - 1);
      this.#put(
        PATH_SOURCE,
        lines(path.length < 2 || replayed === null ? [] : [path], replayed?.colour ?? ""),
      );
      this.#put(ENDS_SOURCE, collection(replayed === null ? [] : ends(replayed, path)));
      if (tape === null) {
        this.#drawn = null;
        for (const source of [DRIVEN_SOURCE, TAIL_SOURCE, VEHICLES_SOURCE]) this.#put(source, collection([]));
        delete this.#container.dataset.vehicles;
      } else if (begins && path.length > 0) {
        this.#stage.camera.release();
      }
      this.fit(false);
    });
  }

  /** Draws the vehicle where it was at a time, and the path driven so far. */
  drawAt(replayed: Replayed, at: number): void {
    this.#drawn = { replayed, at };
    const tape = this.#tape;
    if (tape === null || !this.#stage.ready) return;
    const pose = poseAt(tape, at);
    if (pose === null) return;
    const { parts, tail } = trailAt(tape, at);
    if (parts !== this.#parts) {
      this.#parts = parts;
      const paths = Array.from({ length: parts }, (_, part) => pathOfPart(tape, part));
      this.#put(DRIVEN_SOURCE, lines(paths, replayed.colour));
    }
    this.#put(TAIL_SOURCE, lines(tail.length < 2 ? [] : [tail], replayed.colour));
    this.#put(VEHICLES_SOURCE, collection([vehicle(replayed, pose.position, pose.heading)]));
    const { dataset } = this.#container;
    dataset.vehicles = "1";
    dataset.lng = wrapLng(pose.position[0]).toFixed(6);
    dataset.lat = pose.position[1].toFixed(6);
    dataset.heading = pose.heading.toFixed(0);
  }

  /** The height in pixels that something covers at the foot of the map. */
  setFoot(height: number): void {
    this.#whenReady(() => {
      this.#stage.map.setPadding({ top: 0, left: 0, right: 0, bottom: height });
      this.fit(false);
    });
  }

  /** Shows the replayed delivery, or the routes: all of them if that is requested, else those that lie together. */
  fit(requested = true): void {
    if (!this.#stage.ready) return;
    const tape = this.#tape;
    const path = tape === null ? [] : pathBetween(tape, 0, tape.frames.length - 1);
    const all = this.#roads.length > 0 ? this.#roads : this.#places;
    const routes = requested ? all : withoutOutliers(all);
    this.#stage.camera.fit(boundsOf(path.length > 0 ? [path] : routes), requested);
  }

  zoomBy(levels: number): void {
    this.#stage.zoomBy(levels);
  }

  setLabel(label: string, language: Language): void {
    this.#stage.setLabel(label, language);
  }

  destroy(): void {
    clearTimeout(this.#resting);
    this.#stage.destroy();
  }

  #whenReady(draw: () => void) {
    if (this.#stage.ready) draw();
    else this.#waiting.push(draw);
  }

  readonly #rest = () => {
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      const bounds = this.#stage.map.getBounds();
      const [west, south] = [bounds.getWest(), bounds.getSouth()];
      const [east, north] = [bounds.getEast(), bounds.getNorth()];
      const [x, y] = [(east - west) * MARGIN, (north - south) * MARGIN];
      this.#onView([west - x, south - y, east + x, north + y]);
    }, IDLE_DELAY);
  };

  #put(source: string, data: FeatureCollection) {
    this.#stage.source(source)?.setData(data);
  }
}

function collection(features: Feature<Point | LineString>[]): FeatureCollection<Point | LineString> {
  return { type: "FeatureCollection", features };
}

function point([lng, lat]: LngLat): Point {
  return { type: "Point", coordinates: [lng, lat] };
}

function lines(paths: readonly (readonly LngLat[])[], colour: string): FeatureCollection {
  return collection(
    paths.map((path) => ({
      type: "Feature",
      geometry: { type: "LineString", coordinates: path.map(([lng, lat]) => [lng, lat]) },
      properties: { colour },
    })),
  );
}

function ends({ deliveryId, title, colour }: Replayed, path: readonly LngLat[]): Feature<Point>[] {
  const [first, last] = [path[0], path.at(-1)];
  if (first === undefined || last === undefined) return [];
  const common = { deliveryId, colour, ended: false };
  return [
    {
      type: "Feature",
      geometry: point(first),
      properties: { ...common, kind: "start", icon: titleIcon(title) },
    },
    { type: "Feature", geometry: point(last), properties: { ...common, kind: "end", icon: pinIcon(colour) } },
  ];
}

function vehicle(replayed: Replayed, position: LngLat, heading: number): Feature<Point> {
  const { deliveryId, colour } = replayed;
  const properties = {
    deliveryId,
    colour,
    icon: vehicleIcon(replayed.vehicle, colour),
    heading,
    label: titleIcon(replayed.who),
    followed: true,
    dimmed: false,
    ended: false,
  };
  return { type: "Feature", geometry: point(position), properties };
}
