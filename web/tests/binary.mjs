// Encodes positions as binary frames (docs/binary.md) for the fake gateway.

const PER_DEGREE = 1e7;

/** A frame in the mode `latest`: no cursor, then the positions. */
export function positionsFrame(positions) {
  return Buffer.from([1, 0, ...positions.flatMap(record)]);
}

function record({
  number,
  origin,
  originAt,
  interval,
  seq,
  at,
  position,
  speed,
  heading,
  progress,
  finished,
}) {
  const shift = Math.round(at - (originAt + seq * interval));
  return [
    ...varint(number * 4 + (finished ? 2 : 0) + (shift === 0 ? 0 : 1)),
    ...varint(seq),
    ...(shift === 0 ? [] : signed(shift)),
    ...position.flatMap((degrees, axis) => signed(parts(degrees) - parts(origin[axis]))),
    ...varint(Math.round(speed * 3.6)),
    Math.round((heading * 256) / 360) % 256,
    ...varint(Math.round(progress * 10_000)),
  ];
}

function parts(degrees) {
  return Math.round(degrees * PER_DEGREE);
}

function signed(value) {
  return varint(value < 0 ? -2 * value - 1 : 2 * value);
}

function varint(value) {
  const bytes = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
  return [...bytes, value];
}
