import { expect, test } from "vitest";
import { Blocks, idOf } from "../../src/heap/blocks.js";
import { OpStream } from "../../src/heap/opstream.js";

/** What stands in a stream from one place to another: words, as pairs. */
function pairsOf(stream: OpStream, from: number, to: number): [number, number][] {
  const pairs: [number, number][] = [];
  stream.each(from, to, (words, at) => {
    expect(at).toBe(from + pairs.length);
    for (let i = 0; i < words.length; i += 2) pairs.push([words[i] ?? 0, words[i + 1] ?? 0]);
  });
  return pairs;
}

test("operations come back as they were, small sizes and large ones, behind those of a parent", () => {
  const all: [number, number][] = [];
  const parent = new OpStream();
  const fill = (stream: OpStream, count: number) => {
    for (let i = 0; i < count; i++) {
      const at = all.length;
      // Large ones are rare, so that some stretches have none.
      const size = at % 7919 === 5000 ? 2 ** 32 - 1 : at % 3001 === 2999 ? 65_536 : (at * 31) % 65_536;
      all.push([(0xf000_0000 + at) >>> 0, size]);
      stream.push((0xf000_0000 + at) >>> 0, size, 2 * at + 1);
    }
  };
  fill(parent, 10_000);
  const stream = new OpStream(parent);
  fill(stream, 30_000);
  // What the parent does later is its own.
  parent.push(1, 2, 3);
  expect(stream.own).toBe(30_000);
  expect(pairsOf(stream, 0, stream.length)).toEqual(all);
  for (const [from, to] of [
    [0, 1],
    [4095, 4097],
    [9999, 10_001],
    [14_095, 14_096],
    [39_990, 40_000],
    [40_000, 40_000],
  ] as const) {
    expect(pairsOf(stream, from, to)).toEqual(all.slice(from, to));
  }
  for (const at of [0, 4095, 4096, 9999, 10_000, 39_999]) expect(stream.lineOf(at)).toBe(2 * at + 1);
});

test("blocks that are closed still know how many slots there were", () => {
  const blocks = new Blocks();
  for (const id of ["0", "0x10", "word", "20000000"]) blocks.name(idOf(id), blocks.take());
  blocks.release(blocks.forget(idOf("0x10")));
  blocks.close();
  expect(blocks.slots).toBe(4);
  for (const id of ["0", "0x10", "word", "20000000"]) expect(blocks.find(idOf(id))).toBe(-1);
});

test("lines are read in one pass when they are asked for in order", () => {
  const stream = new OpStream();
  const lineOf = (at: number) => (at % 1000 === 0 ? 3_000_000 - at : 3 * at);
  for (let at = 0; at < 1_000_000; at++) stream.push(0, 0, lineOf(at));
  let wrong = 0;
  const started = performance.now();
  for (let at = 0; at < 1_000_000; at++) if (stream.lineOf(at) !== lineOf(at)) wrong++;
  expect(performance.now() - started).toBeLessThan(1000);
  for (const at of [999_999, 5, 5, 4, 4096, 4095, 0, 777_777]) if (stream.lineOf(at) !== lineOf(at)) wrong++;
  expect(wrong).toBe(0);
});
