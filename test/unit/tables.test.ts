import { beforeAll, describe, expect, test } from "vitest";
import { type Found, NaiveChained, NaiveInverted, NaiveOpen } from "../oracle/hashed.js";
import { CoreTable } from "../tables.js";
import { type Core, coreWith, TESTING } from "../testing.js";

// Worked by hand, with these top bits of x * 0x9e3779b97f4a7c15:
//
//   0: 0000   1: 1001   2: 0011   3: 1101   4: 0111   1 << 44: 1010

interface Table {
  readonly bytes: number;
  insert(vpn: bigint, space: number, pte: bigint): unknown;
  remove(vpn: bigint, space: number): void;
  walk(vpn: bigint, space: number): Found;
}

const found = (reads: number) => ({ found: true, reads });
const missing = (reads: number) => ({ found: false, reads });

function followOpen(table: Table): void {
  table.insert(0n, 0, 1n);
  table.insert(2n, 0, 1n);
  // | 0 | 2 | - | - |      both at home in slot 0
  expect(table.walk(0n, 0)).toEqual(found(1));
  expect(table.walk(2n, 0)).toEqual(found(2));
  expect(table.walk(4n, 0)).toEqual(missing(2));
  table.remove(0n, 0);
  expect(table.walk(0n, 0)).toEqual(missing(3));
  expect(table.walk(2n, 0)).toEqual(found(2));
  table.insert(0n, 0, 1n);
  expect(table.walk(0n, 0)).toEqual(found(1));
  table.insert(4n, 0, 1n);
  // | 0 | 2 | 4 | - |      three quarters
  expect(table.walk(4n, 0)).toEqual(found(2));
  expect(table.bytes).toBe(64);
  table.insert(3n, 0, 1n);
  // | 0 | 2 | - | 4 | - | - | 3 | - |
  expect(table.bytes).toBe(128);
  for (const vpn of [0n, 2n, 3n, 4n]) expect(table.walk(vpn, 0)).toEqual(found(1));
  expect(table.walk(1n, 0)).toEqual(missing(1));
}

function followChained(table: Table): void {
  table.insert(0n, 0, 1n);
  table.insert(2n, 0, 1n);
  // bucket 0: 2, 0
  expect(table.walk(2n, 0)).toEqual(found(2));
  expect(table.walk(0n, 0)).toEqual(found(3));
  expect(table.walk(1n, 0)).toEqual(missing(1));
  expect(table.bytes).toBe(2 * 8 + 2 * 24);
  table.insert(1n, 0, 1n);
  // bucket 0: 0, 2   bucket 2: 1
  expect(table.walk(0n, 0)).toEqual(found(2));
  expect(table.walk(2n, 0)).toEqual(found(3));
  expect(table.walk(1n, 0)).toEqual(found(2));
  expect(table.walk(3n, 0)).toEqual(missing(1));
  expect(table.bytes).toBe(4 * 8 + 3 * 24);
  table.remove(0n, 0);
  expect(table.walk(2n, 0)).toEqual(found(2));
  expect(table.bytes).toBe(4 * 8 + 2 * 24);
}

function followInverted(table: Table & { frameOf(vpn: bigint, space: number): number | undefined }): void {
  table.insert(0n, 0, 1n);
  table.insert(0n, 1, 1n);
  table.insert(2n, 0, 1n);
  // anchor 0: 2 of space 0, 0 of space 0   anchor 2: 0 of space 1
  expect(table.walk(2n, 0)).toEqual(found(2));
  expect(table.walk(0n, 0)).toEqual(found(3));
  expect(table.walk(0n, 1)).toEqual(found(2));
  expect(table.walk(4n, 0)).toEqual(missing(1));
  expect([table.frameOf(0n, 0), table.frameOf(0n, 1), table.frameOf(2n, 0)]).toEqual([0, 1, 2]);
  expect(table.insert(9n, 0, 1n)).toBe(false);
  expect(table.bytes).toBe(3 * 32 + 4 * 8);
  table.remove(0n, 1);
  expect(table.insert(9n, 0, 1n)).toBe(true);
  expect(table.frameOf(9n, 0)).toBe(1);
}

describe.each(TESTING)("page tables that are no tree, on the %s build", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith(build);
  });

  test("open addressing", () => followOpen(new CoreTable(core, "open", 4)));
  test("chains", () => followChained(new CoreTable(core, "chained", 1)));
  test("inverted", () => followInverted(new CoreTable(core, "inverted", 3)));
});

describe("their twins", () => {
  test("open addressing", () => followOpen(new NaiveOpen(4)));
  test("chains", () => followChained(new NaiveChained(1)));
  test("inverted", () => followInverted(new NaiveInverted(3)));
});
