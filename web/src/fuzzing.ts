// Makes inputs for tests out of known ones: what the gateway sends may arrive damaged, or come from something else. Pure but
// for the clock; the same seed makes the same inputs.

/** A number from 0 up to, but not including, `limit`. */
export type Random = (limit: number) => number;

/** The generator Mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
  };
}

export function choice<Each>(random: Random, all: readonly Each[]): Each {
  const chosen = all[random(all.length)];
  if (chosen === undefined) throw new Error("nothing to choose from");
  return chosen;
}

/** What must hold for every input. A matcher would take longer than the input itself. */
export function check(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** How many inputs there were with each outcome. */
export type Outcomes = Map<string, number>;

/**
 * Calls `once` again and again: for a second, or as many as `FUZZ_SECONDS` says. `FUZZ_SEED` repeats an earlier run. What `once`
 * throws is thrown on with the seed.
 */
export function fuzz(name: string, once: (random: Random) => string): Outcomes {
  const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 32));
  const until = Date.now() + 1000 * Number(process.env.FUZZ_SECONDS ?? 1);
  const random = randomOf(seed);
  const outcomes: Outcomes = new Map();
  let inputs = 0;
  while (Date.now() < until) {
    for (let round = 0; round < 100; round += 1, inputs += 1) {
      try {
        const outcome = once(random);
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      } catch (cause) {
        throw new Error(`${name} failed on input ${inputs} with FUZZ_SEED=${seed}: ${String(cause)}`, {
          cause,
        });
      }
    }
  }
  const counts = [...outcomes].map(([outcome, count]) => `${outcome} ${count}`).join(", ");
  process.stdout.write(`${name}: ${inputs} inputs with FUZZ_SEED=${seed}: ${counts}\n`);
  return outcomes;
}

/** Bytes with a few of them changed, left out, repeated, or added. */
export function mutatedBytes(random: Random, bytes: Uint8Array): Uint8Array {
  const all = [...bytes];
  for (let changes = 1 + random(4); changes > 0; changes -= 1) {
    const at = random(all.length + 1);
    switch (random(5)) {
      case 0:
        all[Math.min(at, Math.max(0, all.length - 1))] = random(256);
        break;
      case 1:
        all.splice(at, 1 + random(4));
        break;
      case 2:
        all.splice(at, 0, ...all.slice(at, at + 1 + random(20)));
        break;
      case 3:
        all.splice(
          at,
          0,
          ...Array.from({ length: 1 + random(8) }, () => choice(random, [0, 1, 127, 128, 255])),
        );
        break;
      default:
        all.length = at;
    }
  }
  return Uint8Array.from(all);
}

const SPECIAL: readonly unknown[] = [
  null,
  true,
  0,
  -0,
  -1,
  0.5,
  181,
  1e308,
  -1e308,
  2 ** 53,
  "",
  "__proto__",
  "constructor",
  "\ud83d",
  "\u0000",
  [],
  {},
  [[]],
];

/** JSON with a few of its values replaced, left out, repeated, or moved. It shares nothing with the given one. */
export function mutatedJson(random: Random, value: unknown): unknown {
  const whole = { value: structuredClone(value) };
  for (let changes = 1 + random(4); changes > 0; changes -= 1)
    change(random, choice(random, containers(whole)));
  return whole.value;
}

type Container = unknown[] | Record<string, unknown>;

/** All objects and lists in a value. */
function containers(value: Container): Container[] {
  const inner = Object.values(value).filter(
    (each): each is Container => typeof each === "object" && each !== null,
  );
  return [value, ...inner.flatMap(containers)];
}

function change(random: Random, container: Container): void {
  const keys = Object.keys(container);
  if (keys.length === 0) return;
  const [key, other] = [choice(random, keys), choice(random, keys)];
  // A list takes the names of its places as keys.
  const fields = container as Record<string, unknown>;
  switch (random(5)) {
    case 0:
      if (Array.isArray(container)) container.splice(Number(key), 1);
      else if (keys.length > 1) Reflect.deleteProperty(fields, key);
      break;
    case 1:
      fields[key] = structuredClone(fields[other]);
      break;
    case 2:
      if (Array.isArray(container)) container.push(...container.slice(0, 20));
      break;
    case 3:
      fields[key] = [fields[key]];
      break;
    default:
      fields[key] = structuredClone(choice(random, SPECIAL));
  }
}
