import { expect, test } from "vitest";
import { Strings } from "../../src/trace/strings.js";
import { buildOf } from "../builds.js";
import { type Entry, readEntries, writeEntries } from "../roundtrip.js";

const long = (i: number) => `${i} ${"x".repeat(1 << 16)}`;

test("strings have numbers, and the empty one is none", () => {
  const strings = new Strings();
  expect(strings.numberOf("")).toBe(0);
  const a = strings.numberOf("a");
  expect(strings.numberOf("b")).not.toBe(a);
  expect(strings.numberOf("a")).toBe(a);
  strings.renew();
  expect([0, a].map((number) => strings.text(number))).toEqual(["", "a"]);
});

test("many are forgotten between batches, and their numbers are never others'", () => {
  const strings = new Strings();
  const seen = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    strings.renew();
    const number = strings.numberOf(long(i));
    expect(seen.has(number)).toBe(false);
    expect(strings.text(number)).toBe(long(i));
    seen.add(number);
  }
  expect([...seen].filter((number) => strings.text(number) !== "").length).toBeLessThan(300);
});

test("a trace of more names than are kept comes back whole", async () => {
  const module = await buildOf("release");
  const wanted = Array.from({ length: 400 }, (_, i): Entry => ({ event: "exec", file: long(i % 250) }));
  for (const format of ["pagewalk", "scenario"]) {
    const bytes = await writeEntries(module, [{ event: "switch", process: 1n }, ...wanted], format, {
      batch: 3,
    });
    const { entries, error } = await readEntries(module, bytes);
    expect(error).toBeUndefined();
    expect(entries.slice(1)).toEqual(wanted);
  }
});
