// One walk a format, its indices cut out of the address by hand.

import { describe, expect, test } from "vitest";
import type { ConfigInput } from "../../../src/config/model.js";
import { Machine } from "../../../src/engine/machine.js";
import { explain } from "../../../src/explain/explain.js";
import { BUILDS, buildOf } from "../../builds.js";

interface Walk {
  name: string;
  machine: ConfigInput;
  va: bigint;
  /** Level and index of each entry read. */
  reads: [string, number][];
  bytes: number;
  offset: bigint;
  size: string;
}

/** The address whose parts are given: a value and its lowest bit. */
function address(...parts: [value: number, shift: number][]): bigint {
  return parts.reduce((va, [value, shift]) => va | (BigInt(value) << BigInt(shift)), 0n);
}

const WALKS: Walk[] = [
  {
    name: "x86-64, 4K",
    machine: { pageTable: { format: "x86-64" } },
    va: address([1, 39], [2, 30], [3, 21], [4, 12], [0x567, 0]),
    reads: [
      ["pml4", 1],
      ["pdpt", 2],
      ["pd", 3],
      ["pt", 4],
    ],
    bytes: 8,
    offset: 0x567n,
    size: "4K",
  },
  {
    name: "x86-64, 2M, the upper half",
    machine: { pageTable: { format: "x86-64" }, pageSize: "2M" },
    va: 0xffff_8000_0000_0000n | address([511, 30], [5, 21], [0x12345, 0]),
    reads: [
      ["pml4", 256],
      ["pdpt", 511],
      ["pd", 5],
    ],
    bytes: 8,
    offset: 0x12345n,
    size: "2M",
  },
  {
    name: "x86-64-la57, 1G",
    machine: { pageTable: { format: "x86-64-la57" }, pageSize: "1G" },
    va: address([7, 48], [8, 39], [9, 30], [0xabcdef, 0]),
    reads: [
      ["pml5", 7],
      ["pml4", 8],
      ["pdpt", 9],
    ],
    bytes: 8,
    offset: 0xabcdefn,
    size: "1G",
  },
  {
    name: "sv32, 4K",
    machine: { pageTable: { format: "sv32" } },
    va: address([1023, 22], [1, 12], [8, 0]),
    reads: [
      ["l1", 1023],
      ["l2", 1],
    ],
    bytes: 4,
    offset: 8n,
    size: "4K",
  },
  {
    name: "sv39, 64K",
    machine: { pageTable: { format: "sv39" }, pageSize: "64K" },
    va: address([3, 30], [4, 21], [37, 12], [0x10, 0]),
    reads: [
      ["l1", 3],
      ["l2", 4],
      ["l3", 37],
    ],
    bytes: 8,
    // The page of 64K begins at entry 32.
    offset: 0x5010n,
    size: "64K",
  },
  {
    name: "sv48, 512G",
    machine: { pageTable: { format: "sv48" }, pageSize: "512G" },
    va: address([200, 39], [77, 0]),
    reads: [["l1", 200]],
    bytes: 8,
    offset: 77n,
    size: "512G",
  },
  {
    name: "sv57, 4K",
    machine: { pageTable: { format: "sv57" } },
    va: address([1, 48], [2, 39], [3, 30], [4, 21], [5, 12], [6, 0]),
    reads: [
      ["l1", 1],
      ["l2", 2],
      ["l3", 3],
      ["l4", 4],
      ["l5", 5],
    ],
    bytes: 8,
    offset: 6n,
    size: "4K",
  },
  {
    name: "aarch64-4k, the upper half",
    machine: { pageTable: { format: "aarch64-4k", lpa: false } },
    va: 0xffff_0000_0000_0000n | address([511, 39], [1, 30], [2, 21], [3, 12], [4, 0]),
    reads: [
      ["l0", 511],
      ["l1", 1],
      ["l2", 2],
      ["l3", 3],
    ],
    bytes: 8,
    offset: 4n,
    size: "4K",
  },
  {
    name: "aarch64-16k, 32M",
    machine: { pageTable: { format: "aarch64-16k", lpa: false }, pageSize: "32M" },
    va: address([1, 47], [1000, 36], [2047, 25], [0x1ffffff, 0]),
    reads: [
      ["l0", 1],
      ["l1", 1000],
      ["l2", 2047],
    ],
    bytes: 8,
    offset: 0x1ffffffn,
    size: "32M",
  },
  {
    name: "aarch64-64k, 64K",
    machine: { pageTable: { format: "aarch64-64k", lpa: true }, pageSize: "64K" },
    va: address([63, 42], [8191, 29], [1, 16], [0xffff, 0]),
    reads: [
      ["l1", 63],
      ["l2", 8191],
      ["l3", 1],
    ],
    bytes: 8,
    offset: 0xffffn,
    size: "64K",
  },
  {
    name: "radix of three uneven levels",
    machine: {
      pageTable: {
        format: "radix",
        vaBits: 30,
        paBits: 24,
        pageBits: 10,
        levels: [5, 7, 8],
        leaves: ["l2"],
        pteBytes: 4,
      },
      pageSize: "1K",
    },
    va: address([31, 25], [100, 18], [255, 10], [1023, 0]),
    reads: [
      ["l1", 31],
      ["l2", 100],
      ["l3", 255],
    ],
    bytes: 4,
    offset: 1023n,
    size: "1K",
  },
];

describe.each(BUILDS)("the %s core", (build) => {
  test.each(WALKS)("$name", async ({ machine: config, va, reads, bytes, offset, size }) => {
    const machine = await Machine.create({ ...config, tlb: [] }, { module: await buildOf(build) });
    const found = explain(machine, va, "store");
    expect(found.fault).toBe("minor");
    expect(found.pageSize).toBe(size);
    expect(found.reads.map(({ level, index }) => [level, Number(index)])).toEqual(reads);
    found.reads.forEach(({ address, index, pointsTo }, i) => {
      const table = found.reads[i - 1]?.pointsTo ?? address - index * BigInt(bytes);
      expect(address).toBe(table + index * BigInt(bytes));
      expect(pointsTo).not.toBeNull();
    });
    expect(found.ppo).toBe(offset);
    expect(found.reads.at(-1)?.flags).toContain("leaf");
    const last = found.reads.at(-1)?.pointsTo ?? 0n;
    const mask = (1n << BigInt((found.fields.page[1]?.high ?? 0) + 1)) - 1n;
    expect(found.pa).toBe((last & ~mask) | offset);
    // Again: all is there now, and nothing faults.
    const again = explain(machine, va, "load");
    expect(again.fault).toBeNull();
    expect(again.pa).toBe(found.pa);
    expect(again.reads.map(({ address }) => address)).toEqual(found.reads.map(({ address }) => address));
  });
});
