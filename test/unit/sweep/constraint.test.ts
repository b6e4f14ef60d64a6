import { describe, expect, test } from "vitest";
import { PagewalkError } from "../../../src/errors.js";
import { parseConstraint } from "../../../src/sweep/constraint.js";

const VALUES: Record<string, unknown> = {
  "stlb.entries": 1536,
  "stlb.ways": 12,
  "l1d.entries": 64,
  "l1d.policy": "lru",
  "a.ways": null,
  "l1-d.ways": 3,
  pageSize: "4K",
  "l1.size": "48K",
  validate: false,
  tlb: [],
};

const holds = (text: string): boolean =>
  parseConstraint(text).holds((path) => {
    if (Object.hasOwn(VALUES, path)) return VALUES[path];
    throw new PagewalkError("E_CONFIG", `"${path}" names nothing`);
  });

test.each([
  "stlb.entries / stlb.ways is whole",
  "stlb.entries / stlb.ways is power of two",
  "stlb.entries is not power of two",
  "stlb.entries / 7 is not whole",
  "l1d.entries = 64 and l1d.entries == 64",
  "l1d.entries != 63",
  "pageSize = 4K",
  "pageSize * l1d.entries >= 256K",
  "l1.size = 48K and l1.size > 32K",
  "l1d.policy = 'lru' or nothing.here = 1",
  'l1d.policy != "fifo"',
  "a.ways = null or a.ways > 4",
  "not (a.ways != null and a.ways > 4)",
  "validate = false",
  "not validate",
  "1 + 2 * 3 = 7",
  "(1 + 2) * 3 = 9",
  "10 - 3 - 2 = 5",
  "64 / 4 / 2 = 8",
  "-2 * -3 = 6",
  "7 % 4 = 3",
  "0.5 + 1e1 = 10.5",
  "l1-d.ways - 1 = 2",
  "false and true or true",
  "not false and true",
  "(1 < 2) = true",
  "1 / 0 is not whole and 1 / 0 is not power of two and 1 / 2 is not power of two",
  "512 * 1T + 1 is not power of two and 512 * 1T is power of two",
  "0 is not power of two and 1 is power of two",
])("%s", (text) => {
  expect(holds(text)).toBe(true);
  expect(holds(`not (${text})`)).toBe(false);
});

describe("is refused", () => {
  test.each<[string, number, ...string[]]>([
    ["", 1, "it ends here"],
    ["l1d.entries >", 14, "it ends here", "want a path, a number"],
    ["l1d.entries > > 3", 15, '">"'],
    ["(l1d.entries > 3", 17, 'want ")"'],
    ["l1d.entries > 3)", 16, '")"', "or the end"],
    ["1 < l1d.entries < 3", 17, '"<"', "one comparison at a time"],
    ["l1d.entries # 3", 13, '"# 3"', "or an operator"],
    ["l1d.entries is odd", 16, '"odd"', "is whole, is power of two"],
    ["l1d.entries is power of three", 25, '"three"'],
    ["l1d.policy = 'lru", 14, '"\'lru"'],
    ["4Kx > 1", 1, '"4Kx > 1"'],
    ["1 +", 4, "it ends here"],
    ["and", 1, '"and"'],
    [`${"(".repeat(60)}1${")".repeat(60)} = 1`, 52, "more than 50"],
    ["x".repeat(1001), 1, "1001 characters"],
  ])("%j", (text, character, ...named) => {
    for (const name of [`character ${character}: `, ...named])
      expect(() => parseConstraint(text)).toThrow(name);
  });

  test.each<[string, number, ...string[]]>([
    ["l1d.entries", 1, "64", "want a condition"],
    ["l1d.entries and true", 13, "64", "want a condition"],
    ["a.ways > 4", 8, "null", "want a number"],
    ["l1d.policy < 4", 12, '"lru"', "want a number"],
    ["l1d.policy = 4", 12, 'compares "lru" with 4'],
    ["pageSize = '4K'", 10, "compares 4096"],
    ["tlb = 4", 1, "is a list"],
    ["l1d.policy + 1 = 2", 12, "want a number"],
    ["l1d.policy is whole", 15, "want a number"],
    ["l2d.entries = 4", 1, "names nothing"],
    ["l1d.entries-1 = 63", 1, "names nothing", "a minus sign wants spaces"],
  ])("%j, of these values", (text, character, ...named) => {
    for (const name of [`character ${character}: `, ...named]) expect(() => holds(text)).toThrow(name);
  });
});
