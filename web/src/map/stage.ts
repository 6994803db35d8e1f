// The common part of both maps: MapLibre in an element, a base map below the page's own layers, and the camera.

import type {
  GeoJSONSource,
  LayerSpecification,
  Map as MapLibre,
  SourceSpecification,
  StyleSpecification,
} from "maplibre-gl";
import type { Language } from "../i18n";
import type { LngLat } from "../protocol";
import { fetchStyle, putUnder, tilesArrive } from "./base";
import { BuiltInBase } from "./builtin";
import { Camera } from "./camera";
import { provideIcons } from "./icons";
import { VEIL } from "./layers";
import maplibregl from "./maplibre";

export type BaseKind = "loading" | "public" | "built-in";

export interface StageOptions {
  container: HTMLElement;
  /** The page's own sources and layers; the first layer is the veil. */
  sources: Record<string, SourceSpecification>;
  layers: LayerSpecification[];
  onBase: (base: BaseKind) => void;
  /** The user dragged the map. */
  onUserMove: () => void;
  /** The map can be drawn on. */
  onReady: () => void;
  onResize: () => void;
}

/** Brasília, where the built-in routes are; shown until the routes are loaded. */
const HOME: [number, number] = [-47.9277, -15.8265];

export class Stage {
  readonly map: MapLibre;
  readonly camera: Camera;
  readonly #onBase: StageOptions["onBase"];
  #builtIn: BuiltInBase | null = null;
  #language: Language = "pt-BR";
  #roads: readonly (readonly LngLat[])[] = [];
  #places: readonly (readonly LngLat[])[] = [];
  #ready = false;
  #destroyed = false;
  /** MapLibre's own observer misses a change before its first callback, as when the list arrives while the map starts. */
  readonly #resizes: ResizeObserver;

  constructor(options: StageOptions) {
    this.#onBase = options.onBase;
    const style: StyleSpecification = { version: 8, sources: options.sources, layers: options.layers };
    this.map = new maplibregl.Map({
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
    this.camera = new Camera(this.map, options.onUserMove);
    this.#resizes = new ResizeObserver(() => {
      this.map.resize();
      options.onResize();
    });
    this.#resizes.observe(options.container);
    provideIcons(this.map);
    // A tile or image of the base map that fails to load is not an error of the page.
    this.map.on("error", () => undefined);
    this.map.on("moveend", this.#tellArea);
    void this.map.once("load", () => {
      this.#ready = true;
      options.onReady();
    });
  }

  /** Whether it can be drawn on: loaded, and not destroyed. */
  get ready(): boolean {
    return this.#ready && !this.#destroyed;
  }

  /** Tries the public style, and falls back to the built-in one. */
  async chooseBase(mapStyle: Promise<string | null>): Promise<void> {
    const fetched = mapStyle.then((url) => (url === null ? null : fetchStyle(url)));
    const [style] = await Promise.all([fetched, this.#loaded()]);
    if (this.#isGone()) return;
    const isPublic = style !== null && (await this.#tryPublic(style));
    if (this.#isGone()) return;
    if (!isPublic) {
      this.#builtIn = new BuiltInBase(this.map, VEIL, this.#language);
      this.#builtIn.setPaths(this.#roads, this.#places);
    }
    this.#onBase(isPublic ? "public" : "built-in");
    this.map.setPaintProperty(VEIL, "background-opacity", 0);
  }

  /** The roads that the built-in ground surrounds; without roads, the places where some are expected. */
  setGround(roads: readonly (readonly LngLat[])[], places: readonly (readonly LngLat[])[]): void {
    this.#roads = roads;
    this.#places = places;
    this.#builtIn?.setPaths(roads, places);
  }

  zoomBy(levels: number): void {
    this.map.easeTo({ zoom: this.map.getZoom() + levels, duration: 250 });
  }

  /** What the map is called, and the language of the names on it. */
  setLabel(label: string, language: Language): void {
    this.map.getCanvas().setAttribute("aria-label", label);
    this.#language = language;
    this.#builtIn?.setLanguage(language);
  }

  source(id: string): GeoJSONSource | undefined {
    return this.map.getSource(id);
  }

  destroy(): void {
    this.#destroyed = true;
    this.#resizes.disconnect();
    this.camera.destroy();
    this.map.remove();
  }

  /** For tests, which cannot see what is drawn. */
  readonly #tellArea = () => {
    const view = this.map.getBounds().toArray().flat();
    this.map.getContainer().dataset.area = view.map((degrees) => degrees.toFixed(5)).join(",");
  };

  #isGone(): boolean {
    return this.#destroyed;
  }

  async #loaded(): Promise<void> {
    if (!this.#ready) await this.map.once("load");
  }

  async #tryPublic(style: StyleSpecification): Promise<boolean> {
    try {
      this.map.setStyle(style, {
        transformStyle: (current, next) => (current === undefined ? next : putUnder(next, current, VEIL)),
      });
    } catch {
      return false;
    }
    return tilesArrive(this.map, Object.keys(style.sources));
  }
}
