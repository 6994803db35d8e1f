// The map's images, drawn on a canvas: vehicles from above, pointing north, pins, and titles (as images, so that no glyph
// server is needed). An image is drawn when the map first requests its name.

import type { Map as MapLibre } from "maplibre-gl";
import { VEHICLES, type Vehicle } from "../protocol";
import { GROUND, NAMES } from "./palette";

/** Images are drawn larger than shown, for high-density screens. */
const PIXEL_RATIO = 2;
const OUTLINE = "#0b0d10";
const GLASS = "#10151b";
/** The radius of a town's dot with its edge, pixels. */
export const TOWN_DOT = 3;

type Context = CanvasRenderingContext2D;

export function vehicleIcon(vehicle: string, colour: string): string {
  return `vehicle|${vehicleKind(vehicle)}|${colour}`;
}

export function pinIcon(colour: string): string {
  return `pin|${colour}`;
}

export function titleIcon(title: string): string {
  return `title|${title}`;
}

/** How many vehicles are on top of each other. */
export function countIcon(count: number): string {
  return `count|${count}`;
}

/** The name of a country, or of a town, whose dot is at the middle of the upper edge. */
export function placeIcon(kind: "country" | "town", name: string): string {
  return `place|${kind}|${name}`;
}

/** A vehicle without an icon of its own is drawn as a car. */
export function vehicleKind(vehicle: string): Vehicle {
  return VEHICLES.find((known) => known === vehicle) ?? "car";
}

/** Draws missing images for a map. */
export function provideIcons(map: MapLibre): void {
  map.on("styleimagemissing", ({ id }: { id: string }) => {
    const image = draw(id);
    if (image !== null && !map.hasImage(id)) map.addImage(id, image, { pixelRatio: PIXEL_RATIO });
  });
}

function draw(id: string): ImageData | null {
  const [kind, first = "", second = ""] = id.split("|");
  switch (kind) {
    case "vehicle":
      return picture(52, 52, (context) => {
        context.translate(26, 26);
        DRAWINGS[vehicleKind(first)](context, second);
      });
    case "pin":
      return picture(36, 44, (context) => {
        drawPin(context, first);
      });
    case "title":
      return drawTitle(id.slice("title|".length));
    case "count":
      return drawCount(first);
    case "place":
      return drawPlace(first === "town", id.slice(`place|${first}|`.length));
    default:
      return null;
  }
}

const DRAWINGS: Record<Vehicle, (context: Context, colour: string) => void> = {
  car(context, colour) {
    body(context, colour, () => {
      context.roundRect(-9.5, -19, 19, 38, [8, 8, 6, 6]);
    });
    // Mirrors, screens, roof line, lights.
    part(context, colour, [
      [-11.5, -6, 2.5, 3],
      [9, -6, 2.5, 3],
    ]);
    shape(context, GLASS, [-7.5, -8.5, -5.5, -3, 5.5, -3, 7.5, -8.5, 4, -10.5, -4, -10.5]);
    shape(context, GLASS, [-6, 9, -7, 13, 7, 13, 6, 9]);
    part(context, "#fff7d6", [
      [-7.5, -18, 4, 2],
      [3.5, -18, 4, 2],
    ]);
    part(context, "#ff5a4d", [
      [-8, 17, 4, 1.5],
      [4, 17, 4, 1.5],
    ]);
  },
  van(context, colour) {
    body(context, colour, () => {
      context.roundRect(-10.5, -21, 21, 42, [6, 6, 3, 3]);
    });
    part(context, colour, [
      [-13, -11, 3, 3.5],
      [10, -11, 3, 3.5],
    ]);
    shape(context, GLASS, [-8.5, -14.5, -7, -9, 7, -9, 8.5, -14.5, 5, -16.5, -5, -16.5]);
    context.strokeStyle = "rgb(0 0 0 / 35%)";
    context.lineWidth = 1.2;
    for (const y of [-3, 4, 11]) {
      context.beginPath();
      context.moveTo(-8, y);
      context.lineTo(8, y);
      context.stroke();
    }
    part(context, "#fff7d6", [
      [-8.5, -20, 4, 2],
      [4.5, -20, 4, 2],
    ]);
    part(context, "#ff5a4d", [
      [-9, 19, 3.5, 1.5],
      [5.5, 19, 3.5, 1.5],
    ]);
  },
  motorcycle(context, colour) {
    wheels(context, 3.6, -17, 17, 9);
    // Handlebar, tank and seat, the box behind, the rider's helmet.
    bar(context, 9.5, -9);
    body(context, colour, () => {
      context.ellipse(0, -3, 4.6, 11, 0, 0, 2 * Math.PI);
    });
    body(context, colour, () => {
      context.roundRect(-7.5, 4, 15, 12, 2.5);
    });
    dot(context, "#f4f6f8", 0, -2, 4.6);
    dot(context, GLASS, 0, -4.2, 2.4);
    part(context, "#fff7d6", [[-1.8, -14.5, 3.6, 2]]);
  },
  bicycle(context, colour) {
    wheels(context, 2.6, -17, 17, 10);
    bar(context, 8.5, -9.5);
    body(context, colour, () => {
      context.roundRect(-2, -11, 4, 24, 2);
    });
    body(context, colour, () => {
      context.ellipse(0, 1, 7, 4.6, 0, 0, 2 * Math.PI);
    });
    dot(context, "#f4f6f8", 0, -1, 4.2);
  },
};

function picture(width: number, height: number, paint: (context: Context) => void): ImageData | null {
  const canvas = document.createElement("canvas");
  canvas.width = width * PIXEL_RATIO;
  canvas.height = height * PIXEL_RATIO;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  if (context === null) return null;
  context.scale(PIXEL_RATIO, PIXEL_RATIO);
  paint(context);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

/** A filled outline with a dark edge and a soft shadow. */
function body(context: Context, colour: string, trace: () => void) {
  context.save();
  context.beginPath();
  trace();
  context.shadowColor = "rgb(0 0 0 / 65%)";
  context.shadowBlur = 8;
  context.fillStyle = colour;
  context.fill();
  context.restore();
  context.strokeStyle = OUTLINE;
  context.lineWidth = 1.4;
  context.stroke();
}

function part(context: Context, colour: string, boxes: readonly [number, number, number, number][]) {
  context.fillStyle = colour;
  for (const [x, y, width, height] of boxes) {
    context.beginPath();
    context.roundRect(x, y, width, height, 1);
    context.fill();
  }
}

/** A polygon: alternating x and y. */
function shape(context: Context, colour: string, points: readonly number[]) {
  context.beginPath();
  for (let index = 0; index < points.length; index += 2)
    context.lineTo(points[index] ?? 0, points[index + 1] ?? 0);
  context.closePath();
  context.fillStyle = colour;
  context.fill();
}

function wheels(context: Context, width: number, front: number, rear: number, length: number) {
  context.fillStyle = "#05070a";
  context.strokeStyle = "#aeb6bf";
  context.lineWidth = 0.9;
  for (const y of [front, rear - length]) {
    context.beginPath();
    context.roundRect(-width / 2, y, width, length, width / 2);
    context.fill();
    context.stroke();
  }
}

function bar(context: Context, half: number, y: number) {
  context.lineCap = "round";
  for (const [colour, width] of [
    ["#05070a", 4],
    ["#c9d0d8", 2],
  ] as const) {
    context.beginPath();
    context.moveTo(-half, y + 2.5);
    context.quadraticCurveTo(0, y - 2.5, half, y + 2.5);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }
}

function dot(context: Context, colour: string, x: number, y: number, radius: number) {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.strokeStyle = OUTLINE;
  context.lineWidth = 1;
  context.stroke();
}

/** Its tip is at the middle of the lower edge. */
function drawPin(context: Context, colour: string) {
  body(context, colour, () => {
    context.moveTo(18, 42);
    context.bezierCurveTo(14, 33, 5, 27, 5, 17);
    context.arc(18, 17, 13, Math.PI, 0);
    context.bezierCurveTo(31, 27, 22, 33, 18, 42);
    context.closePath();
  });
  dot(context, "#14171b", 18, 17, 5);
}

function drawTitle(title: string): ImageData | null {
  const font = "600 12px system-ui, sans-serif";
  // By what people take for characters: half of an emoji is none.
  const characters = Array.from(new Intl.Segmenter().segment(title), ({ segment }) => segment);
  const short = characters.length > 32 ? `${characters.slice(0, 31).join("")}…` : title;
  const probe = document.createElement("canvas").getContext("2d");
  if (probe === null) return null;
  probe.font = font;
  const width = Math.ceil(probe.measureText(short).width) + 16;
  return picture(width, 22, (context) => {
    context.beginPath();
    context.roundRect(0.5, 0.5, width - 1, 21, 10.5);
    context.fillStyle = "rgb(20 23 27 / 88%)";
    context.fill();
    context.strokeStyle = "rgb(255 255 255 / 18%)";
    context.stroke();
    context.font = font;
    context.textBaseline = "middle";
    context.fillStyle = "#e6e9ec";
    context.fillText(short, 8, 11.5);
  });
}

function drawPlace(isTown: boolean, name: string): ImageData | null {
  const font = isTown ? "500 12px system-ui, sans-serif" : "600 13px system-ui, sans-serif";
  const probe = document.createElement("canvas").getContext("2d");
  if (probe === null) return null;
  probe.font = font;
  const width = Math.ceil(probe.measureText(name).width) + 8;
  const top = isTown ? 2 * TOWN_DOT : 0;
  return picture(width, top + 20, (context) => {
    context.font = font;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = GROUND;
    context.strokeText(name, width / 2, top + 10);
    context.fillStyle = isTown ? NAMES.town : NAMES.country;
    context.fillText(name, width / 2, top + 10);
    if (!isTown) return;
    context.beginPath();
    context.arc(width / 2, TOWN_DOT, TOWN_DOT - 1, 0, 2 * Math.PI);
    context.fill();
  });
}

function drawCount(count: string): ImageData | null {
  const width = 14 + 8 * count.length;
  return picture(width, 22, (context) => {
    context.beginPath();
    context.roundRect(1, 1, width - 2, 20, 10);
    context.fillStyle = "#ffcd00";
    context.fill();
    context.strokeStyle = OUTLINE;
    context.lineWidth = 1.4;
    context.stroke();
    context.font = "700 12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = "#1b1c1d";
    context.fillText(count, width / 2, 11.5);
  });
}
