import { describe, expect, test } from "vitest";
import { plot } from "../../src/report/plot.js";

const halves = { name: "halves", points: [1, 2, 4, 8, 16].map((x) => [x, 1600 / x] as const) };
const level = { name: "level", points: [1, 4, 16].map((x) => [x, 400] as const) };

describe("a plot", () => {
  test("has a letter a line, and says where several meet", () => {
    expect(plot([halves, level], "frames", 42)).toBe(
      [
        "  1,600 |AA",
        "        |  AA",
        "        |    AAA",
        "        |       AA",
        "    682 |         AAA",
        "        |            AA",
        "        |BBBBBBBBBBBBBB***BBBBBBBBBBBBBBBB",
        "        |                 AA",
        "    290 |                   AA",
        "        |                     AAA",
        "        |                        AA",
        "        |                          AAA",
        "    124 |                             AA",
        "    100 |                               AA",
        "        +---------------------------------",
        "         1       2       4       8      16",
        "         frames",
        "         A halves  B level  * several",
      ].join("\n"),
    );
  });

  test("is no wider than it may be, and is not drawn where that is too narrow", () => {
    for (const width of [40, 60, 80, 100]) {
      const lines = plot([halves, level], "frames", width)?.split("\n") ?? [];
      expect(lines.length).toBeGreaterThan(10);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    }
    expect(plot([halves], "frames", 20)).toBeUndefined();
  });

  test("of many lines breaks its legend", () => {
    const many = Array.from({ length: 30 }, (_, i) => ({ ...halves, name: `sfifo:${i}` }));
    const text = plot(many, "frames", 50) ?? "";
    expect(text).toContain("A sfifo:0");
    expect(text).toContain("d sfifo:29");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(50);
  });

  test("needs two sizes; what is 0 has no place in it", () => {
    expect(plot([], "frames", 80)).toBeUndefined();
    expect(plot([{ name: "one", points: [[4, 7]] }], "frames", 80)).toBeUndefined();
    expect(
      plot(
        [
          {
            name: "none",
            points: [
              [1, 0],
              [2, 0],
            ],
          },
        ],
        "frames",
        80,
      ),
    ).toBeUndefined();
    expect(plot([level], "frames", 80)).toMatch(/^ {2}400 \|A+$/m);
  });
});
