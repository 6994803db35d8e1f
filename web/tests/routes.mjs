// Three routes for the fake gateway, between the ends of the product's routes.

const METERS_PER_DEGREE = 111_195;

/** Corners, `[lng, lat]`. */
const CORNERS = [
  {
    id: "1",
    title: "Primeiro",
    corners: [
      [-47.92923, -15.82594],
      [-47.9278, -15.82475],
      [-47.92665, -15.82605],
      [-47.9252, -15.8279],
      [-47.9266, -15.82905],
      [-47.92765, -15.82942],
    ],
  },
  {
    id: "2",
    title: "Segundo",
    corners: [
      [-47.92756, -15.82449],
      [-47.9259, -15.8232],
      [-47.9243, -15.8252],
      [-47.92621, -15.8276],
    ],
  },
  {
    id: "3",
    title: "Terceiro",
    corners: [
      [-47.92588, -15.82331],
      [-47.9241, -15.8219],
      [-47.9216, -15.8246],
      [-47.9239, -15.8268],
      [-47.92532, -15.82758],
    ],
  },
];

/** Across the 180th meridian, east of Taveuni. Longitudes go on; the fake gateway wraps what it sends. */
const ACROSS = {
  id: "9",
  title: "Taveuni",
  corners: [
    [179.99, -16.898],
    [179.999, -16.896],
    [180.001, -16.9],
    [180.01, -16.898],
  ],
};

/** To the North Pole, where a Mercator map has ended. */
const NORTHWARDS = {
  id: "10",
  title: "Polo Norte",
  corners: [
    [20, 89.99],
    [20, 90],
  ],
};

export const ROUTES = CORNERS.map(makeRoute);
export const TAVEUNI = makeRoute(ACROSS);
export const NORTH_POLE = makeRoute(NORTHWARDS);

export function wrap([lng, lat]) {
  return [lng > 180 ? lng - 360 : lng, lat];
}

function makeRoute({ id, title, corners }) {
  const path = corners.flatMap((corner, index) => {
    const next = corners[index + 1];
    if (next === undefined) return [corner];
    const steps = Math.max(1, Math.round(distance(corner, next) / 25));
    return Array.from({ length: steps }, (_, step) => mix(corner, next, step / steps));
  });
  const lengthMeters = path.reduce(
    (sum, point, index) => sum + (index > 0 ? distance(path[index - 1], point) : 0),
    0,
  );
  return { id, title, path, lengthMeters: Math.round(lengthMeters) };
}

/** Position and heading at a distance in metres along a route. */
export function alongRoute({ path }, meters) {
  let left = meters;
  for (let index = 1; index < path.length; index += 1) {
    const [from, to] = [path[index - 1], path[index]];
    const step = distance(from, to);
    if (left <= step || index === path.length - 1) {
      return { position: mix(from, to, Math.min(1, left / step)), heading: bearing(from, to) };
    }
    left -= step;
  }
}

function mix(a, b, part) {
  return [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
}

function offset(a, b) {
  const east = (b[0] - a[0]) * Math.cos((a[1] * Math.PI) / 180) * METERS_PER_DEGREE;
  return [east, (b[1] - a[1]) * METERS_PER_DEGREE];
}

function distance(a, b) {
  return Math.hypot(...offset(a, b));
}

function bearing(a, b) {
  const [east, north] = offset(a, b);
  return ((Math.atan2(east, north) * 180) / Math.PI + 360) % 360;
}
