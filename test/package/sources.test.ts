import { describe, expect, test } from "vitest";
import { presets } from "../../src/index.js";

/** The paths of all numbers in a value; an item of a list goes by its name or its level. */
function numbersIn(value: unknown, path: string[] = []): string[] {
  if (typeof value === "number") return [path.join(".")];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => {
    const label = Array.isArray(value) ? String(part.name ?? part.level) : key;
    return numbersIn(part, [...path, label]);
  });
}

describe.each(Object.entries(presets))("%s", (_, { sources = {}, ...preset }) => {
  const keys = Object.keys(sources);
  const paths = numbersIn(preset);

  test.each(paths)("%s has a source", (path) => {
    expect(keys.filter((key) => path === key || path.startsWith(`${key}.`))).not.toEqual([]);
  });

  test.each(keys)("the source of %s is of something", (key) => {
    expect(sources[key]?.length).toBeGreaterThan(10);
    const exists = paths.some((path) => path === key || path.startsWith(`${key}.`));
    expect(exists || key === "policy" || key in preset).toBe(true);
  });

  test("a TLB's latency has a source of its own", () => {
    const latencies = paths.filter((path) => /^tlb\..+\.latency$/.test(path));
    expect(latencies.filter((path) => !keys.includes(path))).toEqual([]);
  });
});
