// Vehicles that are drawn on top of each other: which they are, and how they fan out. Pure; lengths are in pixels.

export interface Placed {
  id: string;
  x: number;
  y: number;
}

/** Two or more vehicles around a place. */
export interface Crowd {
  ids: readonly string[];
  /** Where the first of them is. */
  x: number;
  y: number;
}

/** Vehicles fan out on rings this far apart, and on a ring this far from each other. */
const SPACING = 36;

/** Each vehicle belongs to the first one before it that is not farther than `radius`; those alone are left out. */
export function crowdsOf(placed: readonly Placed[], radius: number): Crowd[] {
  const cells = new Map<string, Placed[][]>();
  const groups: Placed[][] = [];
  for (const each of placed) {
    const [column, row] = [Math.floor(each.x / radius), Math.floor(each.y / radius)];
    const near = around(column, row)
      .flatMap((cell) => cells.get(cell) ?? [])
      .find(([first]) => first !== undefined && isWithin(first, each, radius));
    if (near !== undefined) {
      near.push(each);
      continue;
    }
    const group = [each];
    groups.push(group);
    const cell = keyOf(column, row);
    cells.set(cell, [...(cells.get(cell) ?? []), group]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined || group.length < 2) return [];
    return [{ ids: group.map(({ id }) => id), x: first.x, y: first.y }];
  });
}

/** Where `count` vehicles go from their place so that all can be seen: on rings around it, the first at the top. */
export function fanOut(count: number): readonly [x: number, y: number][] {
  const places: [number, number][] = [];
  for (let ring = 1; places.length < count; ring += 1) {
    const radius = ring * SPACING;
    const room = Math.floor((2 * Math.PI * radius) / SPACING);
    const onRing = Math.min(room, count - places.length);
    for (let index = 0; index < onRing; index += 1) {
      const angle = (2 * Math.PI * index) / onRing;
      places.push([radius * Math.sin(angle), -radius * Math.cos(angle)]);
    }
  }
  return places;
}

function around(column: number, row: number): string[] {
  return [-1, 0, 1].flatMap((down) => [-1, 0, 1].map((right) => keyOf(column + right, row + down)));
}

function keyOf(column: number, row: number): string {
  return `${column} ${row}`;
}

function isWithin(a: Placed, b: Placed, radius: number): boolean {
  return Math.hypot(a.x - b.x, a.y - b.y) <= radius;
}
