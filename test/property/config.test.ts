// Configurations that were damaged: each makes a machine, or is refused with its problems.

import fc from "fast-check";
import { expect, test } from "vitest";
import { presets } from "../../src/config/presets/index.js";
import { resolveConfig } from "../../src/config/resolve.js";
import { Machine } from "../../src/engine/machine.js";
import { PagewalkError } from "../../src/errors.js";
import { buildOf, runs } from "../builds.js";
import { machines } from "../oracle/arbitraryconfig.js";

type Json = Record<string, unknown>;
type Place = { parent: Json; key: string };

const garbage = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, "", "4K", "1E", "0x1000", "lru", "radix", [], {}, [[]], [null]),
  fc.constantFrom<unknown>(0, -1, 1, 2, 3, 63, 64, 65, 1.5, 4096, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 53, 1e300),
  fc.constantFrom<unknown>(Number.NaN, Number.POSITIVE_INFINITY, -0, "__proto__", "constructor", undefined),
  fc.jsonValue({ maxDepth: 2 }),
  fc.integer({ min: 1, max: 1 << 21 }),
);

const damage = fc.record({
  how: fc.constantFrom("replace", "delete", "swap", "wrap", "add", "repeat", "scale"),
  at: fc.nat(),
  other: fc.nat(),
  value: garbage,
  key: fc.oneof(fc.string({ maxLength: 8 }), fc.constantFrom("entires", "__proto__", "toString", "format")),
});

/** Every key of every object and array below. */
function placesIn(parent: Json): Place[] {
  return Object.keys(parent).flatMap((key) => {
    const value = parent[key];
    const below = typeof value === "object" && value !== null ? placesIn(value as Json) : [];
    return [{ parent, key }, ...below];
  });
}

function apply(
  config: Json,
  { how, at, other, value, key }: typeof damage extends fc.Arbitrary<infer T> ? T : never,
) {
  const places = placesIn(config);
  const place = places[at % places.length];
  const second = places[other % places.length];
  if (!place || !second) return;
  const old = place.parent[place.key];
  if (how === "replace") place.parent[place.key] = value;
  else if (how === "delete") delete place.parent[place.key];
  else if (how === "wrap") place.parent[place.key] = Array.isArray(old) ? { ...old } : [old];
  else if (how === "add")
    Object.defineProperty(place.parent, key, { value, enumerable: true, configurable: true, writable: true });
  else if (how === "repeat" && Array.isArray(old)) old.push(...structuredClone(old));
  else if (how === "scale" && typeof old === "number") place.parent[place.key] = old * 2 ** (other % 24);
  else if (how === "swap") {
    const copies = [structuredClone(old), structuredClone(second.parent[second.key])];
    [second.parent[second.key], place.parent[place.key]] = copies;
  }
}

const presetConfigs = fc.constantFrom(...Object.values(presets)).map((preset) => structuredClone(preset));

test("a damaged configuration makes a machine, or is refused with its problems", async () => {
  const module = await buildOf("release");
  const damaged = fc
    .tuple(fc.oneof(machines, presetConfigs), fc.array(damage, { minLength: 1, maxLength: 4 }))
    .map(([config, damages]) => {
      const copy = structuredClone(config) as unknown as Json;
      for (const each of damages) apply(copy, each);
      return copy;
    });
  const made = async (config: Json) => {
    try {
      const machine = await Machine.create(config as never, { module });
      // Addresses that most spaces have, and one that few have.
      for (const va of [0n, 0x40n, 0x1000n, 1n << 63n]) machine.translate(va, "store");
      return machine.config;
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError)) throw thrown;
      expect(thrown.code).toMatch(/^E_(CONFIG|MEMORY)$/);
      expect(thrown.problems.length).toBeGreaterThan(0);
      // One line, and none in a validator's own words.
      expect(thrown.message).not.toMatch(/\n|Invalid (key|type)|Expected /);
      return undefined;
    }
  };
  await fc.assert(
    fc.asyncProperty(damaged, async (config) => {
      const whole = await made(config);
      if (whole) expect(resolveConfig(whole)).toEqual(whole);
    }),
    { numRuns: runs(1500, 30_000) },
  );
});
