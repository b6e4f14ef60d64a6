// Machines of every kind: each policy of TLBs, each page table with walk caches, each prefetcher.

import type { ConfigInput, Policy } from "pagewalk";

export interface MachineCase {
  name: string;
  config: ConfigInput;
}

/** The D stream: one lookup a data record, of its first page. */
const count = { modify: "once", crossing: "first" } as const;

type Tlbs = NonNullable<ConfigInput["tlb"]>;
type Table = NonNullable<ConfigInput["pageTable"]>;
type WalkCaches = NonNullable<ConfigInput["walkCache"]>;

/** Entries and ways. */
type Geometry = readonly [entries: number, ways: number];

/** The TLBs of the machines. */
export interface TlbSizes {
  /** Two levels, on which the policies are tried. */
  first: Geometry;
  second: Geometry;
  /** One so small that there are many walks, and one smaller yet for larger pages. */
  small: Geometry;
  smallest: Geometry;
}

/** Those of a whole trace. */
export const WHOLE: TlbSizes = { first: [64, 4], second: [1536, 12], small: [16, 4], smallest: [4, 2] };

const tlbOf = (name: string, level: number, [entries, ways]: Geometry, pageSize = "4K"): Tlbs[0] => ({
  name,
  level,
  pageSizes: [pageSize],
  entries,
  ways,
});

const POLICIES: readonly Policy[] = ["lru", "fifo", "plru", "nru", "random", "srrip", "brrip", "lfu"];

function policies({ first, second }: TlbSizes): MachineCase[] {
  const twoLevels = (policy: Policy, index: "mod" | "xor"): ConfigInput => ({
    tlb: [tlbOf("dtlb", 1, first), tlbOf("stlb", 2, second)].map((tlb) => ({ ...tlb, policy, index })),
    count,
  });
  return [
    ...POLICIES.map((policy) => ({ name: policy, config: twoLevels(policy, "mod") })),
    ...(["lru", "plru"] as const).map((policy) => ({
      name: `${policy}, index xor`,
      config: twoLevels(policy, "xor"),
    })),
  ];
}

/** A walk cache of two entries for each of some levels. */
const walkCaches = (levels: readonly string[]): WalkCaches =>
  levels.map((level) => ({ level, entries: 2, ways: 2 }));

const X86 = ["pml4", "pdpt", "pd"];
const RISCV = ["l1", "l2", "l3", "l4"];
const ARM = ["l0", "l1", "l2"];

function pageTables({ small, smallest }: TlbSizes): MachineCase[] {
  const table = (
    name: string,
    pageTable: Table,
    levels: readonly string[] = [],
    more: ConfigInput = {},
  ): MachineCase => {
    const tlb = [tlbOf("dtlb", 1, small, more.pageSize)];
    return { name, config: { pageTable, tlb, walkCache: walkCaches(levels), count, ...more } };
  };
  const larger = (pageSize: string): ConfigInput => ({
    pageSize,
    tlb: [tlbOf("dtlb", 1, smallest, pageSize)],
  });
  return [
    table("x86-64", { format: "x86-64" }, X86),
    table("x86-64, no walk caches", { format: "x86-64" }),
    table("x86-64, one walk cache", { format: "x86-64" }, [], {
      walkCache: [{ level: "psc", levels: X86, entries: 4, ways: 2 }],
    }),
    table("x86-64, 2M pages", { format: "x86-64" }, X86, larger("2M")),
    table("x86-64-la57", { format: "x86-64-la57" }, ["pml5", ...X86]),
    table("sv32", { format: "sv32" }, RISCV.slice(0, 1)),
    table("sv39", { format: "sv39" }, RISCV.slice(0, 2)),
    table("sv39, 64K pages", { format: "sv39" }, RISCV.slice(0, 2), larger("64K")),
    table("sv48", { format: "sv48" }, RISCV.slice(0, 3)),
    table("sv57", { format: "sv57" }, RISCV),
    table("aarch64-4k", { format: "aarch64-4k" }, ARM),
    table("aarch64-4k, 64K pages", { format: "aarch64-4k" }, ARM, larger("64K")),
    table("aarch64-4k, lpa", { format: "aarch64-4k", lpa: true }, ARM),
    table("aarch64-16k", { format: "aarch64-16k" }, ARM, larger("16K")),
    table("aarch64-64k", { format: "aarch64-64k" }, ARM.slice(1), larger("64K")),
    table("radix, 40 bits, 8K pages", radix(40, [9, 9, 9], 13), ["l1", "l2"], { pageSize: "8K" }),
    table("radix, 32 bits", radix(32, [10, 10], 12), ["l1"]),
    table("hashed, open", hashed("open")),
    table("hashed, chained", hashed("chained")),
    table("inverted", { format: "inverted", frames: 4096 }),
    table("elastic-cuckoo", { format: "elastic-cuckoo", ways: 3, slots: 16 }),
    table("x86-64 in x86-64", { format: "x86-64" }, X86, { nested: host }),
    table("x86-64 in x86-64, no caches", { format: "x86-64" }, [], {
      nested: { pageTable: { format: "x86-64" } },
    }),
  ];
}

function radix(vaBits: number, levels: number[], pageBits: number): Table {
  return { format: "radix", vaBits, paBits: 40, pageBits, levels };
}

/** A table that doubles on the way. */
const hashed = (collisions: "open" | "chained"): Table => ({ format: "hashed", collisions, slots: 16 });

const host: NonNullable<ConfigInput["nested"]> = {
  pageTable: { format: "x86-64" },
  tlb: { entries: 8, ways: 8, policy: "lru" },
  walkCache: walkCaches(X86),
};

export function prefetchers({ small }: TlbSizes): MachineCase[] {
  const cases = [
    ["next", 1],
    ["next", 4],
    ["stride", 2],
    ["distance", 2],
    ["recency", 2],
  ] as const;
  return cases.map(([policy, degree]) => ({
    name: `${policy}, degree ${degree}`,
    config: {
      tlb: [tlbOf("dtlb", 1, small)],
      walkCache: walkCaches(X86),
      prefetch: { policy, degree },
      count,
    },
  }));
}

/** By what they differ in. */
export function machineCases(sizes: TlbSizes): Record<string, MachineCase[]> {
  const shown = ([entries, ways]: Geometry) => `${entries}/${ways}`;
  const { first, second, small, smallest } = sizes;
  return {
    [`policies, TLBs ${shown(first)} + ${shown(second)}`]: policies(sizes),
    [`page tables, TLB ${shown(small)} (16K, 64K and 2M pages: ${shown(smallest)})`]: pageTables(sizes),
    [`prefetchers, TLB ${shown(small)}`]: prefetchers(sizes),
  };
}
