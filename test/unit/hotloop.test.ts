import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The text of one function of the release build. */
function functionText(name: RegExp): string[] {
  const text = readFileSync(new URL("../../build/release.wat", import.meta.url), "utf8");
  return text.split(/^ \(func /m).filter((body) => name.test(body.split("\n")[0] ?? ""));
}

/** The innermost loops of a function: what runs once a record or a line. */
function innermostLoops(body: string): string[] {
  const lines = body.split("\n");
  return lines.flatMap((line, from) => {
    if (!/^\s*loop /.test(line)) return [];
    const indent = line.search(/\S/);
    const length = lines
      .slice(from + 1)
      .findIndex((later) => later.search(/\S/) === indent && later.trim() === "end");
    const loop = lines.slice(from + 1, from + 1 + length);
    return loop.some((inner) => /^\s*loop /.test(inner)) ? [] : [loop.join("\n")];
  });
}

test("the replay's loops over records have no call in them, each by itself", () => {
  const loops = functionText(/replay\/loops\/(run|counting)/).flatMap(innermostLoops);
  const fast = loops.filter(
    (loop) => /i64\.shr_u/.test(loop) && /i64\.shl/.test(loop) && /i64\.xor/.test(loop),
  );
  // Of one size 12, 21, 30 and any; of two and three; cached; counting, of one size and of several.
  expect(fast.length).toBeGreaterThanOrEqual(10);
  for (const loop of fast) expect(loop).not.toMatch(/call /);
});

test("the decoder's loop over lines has no call in it", () => {
  const loops = functionText(/lackey\/fastLines/).flatMap(innermostLoops);
  expect(loops).toHaveLength(1);
  expect(loops[0]).toMatch(/i8x16\.swizzle/);
  expect(loops[0]).not.toMatch(/call /);
});
