import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);

test("what benchmarks name of what was built is there", () => {
  const benches = new URL("bench/", root);
  const files = readdirSync(benches).filter((name) => name.endsWith(".ts"));
  const texts = files.map((name) => readFileSync(new URL(name, benches), "utf8"));
  // Seen from build/tools/bench, where they run.
  const named = texts.flatMap((text) => [...text.matchAll(/"\.\.\/\.\.\/\.\.\/(dist\/[^"]*)"/g)]);
  expect(named.length).toBeGreaterThan(1);
  expect(named.map(([, path = ""]) => path).filter((path) => !existsSync(new URL(path, root)))).toEqual([]);
});

test("the inside has all that benchmarks take of it", async () => {
  const text = readFileSync(new URL("bench/inside.ts", root), "utf8");
  const lists = [...text.matchAll(/export const \{([^}]*)\}/g)].map(([, list = ""]) => list);
  const wanted = lists
    .flatMap((list) => list.split(","))
    .map((name) => name.trim())
    .filter((name) => name !== "");
  const inside = await import(new URL("dist/inside.js", root).href);
  expect(wanted.length).toBeGreaterThan(3);
  expect(wanted.filter((name) => !(name in inside))).toEqual([]);
});
