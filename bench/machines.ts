// What the parts of a machine cost: each against the default machine in the same run, in turns.

import { type ConfigInput, type Policy, presets } from "pagewalk";
import { type Columns, LoadedMachine } from "./columns.js";
import { median, printRow } from "./rows.js";

type Tlbs = NonNullable<ConfigInput["tlb"]>;

const ROUNDS = 9;
const BASE = presets["intel-skylake"];

/** One L1 and one STLB for all kinds, of pages of two sizes. */
const SHARED: Tlbs = [
  { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K", "2M"], entries: 128, ways: 8 },
  { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["4K", "2M"], entries: 64, ways: 4 },
  { name: "stlb", level: 2, pageSizes: ["4K", "2M"], entries: 1536, ways: 12 },
];

export async function machineRows(columns: Columns): Promise<void> {
  const shared = { ...BASE, tlb: SHARED };
  const regions = everySecond(columns);
  await row("mixed 4K and 2M in one STLB", columns, BASE, { ...BASE, regions }, 1.5);
  await row("mixed 4K and 2M in one L1, too", columns, shared, { ...shared, regions });
  for (const policy of ["fifo", "plru", "nru", "random", "srrip", "brrip", "lfu"] as const) {
    await row(`policy ${policy}`, columns, BASE, { ...BASE, tlb: withPolicy(policy) }, 1.3);
  }
  const caches = [
    { name: "icache", level: 1, kinds: ["instruction" as const], size: "32K", line: 64, ways: 8, latency: 4 },
    {
      name: "dcache",
      level: 1,
      kinds: ["load" as const, "store" as const],
      size: "32K",
      line: 64,
      ways: 8,
      latency: 4,
    },
    { name: "l2cache", level: 2, size: "256K", line: 64, ways: 8, latency: 12 },
  ];
  await row("data and walks through L1 and L2 caches", columns, BASE, { ...BASE, caches });
  await row("a prefetcher of distances", columns, BASE, {
    ...BASE,
    prefetch: { policy: "distance", degree: 2 },
  });
  const nested = {
    pageTable: { format: "x86-64" as const },
    tlb: { entries: 64, ways: 4, policy: "lru" as const },
  };
  await row("nested tables", columns, BASE, { ...BASE, nested });
  await row(
    "hashed tables",
    columns,
    { ...BASE, walkCache: [] },
    { ...BASE, walkCache: [], pageTable: { format: "hashed" } },
  );
}

function withPolicy(policy: Policy): Tlbs {
  return (BASE.tlb ?? []).map((tlb) => ({ ...tlb, policy }));
}

/** Regions of 2M pages: every second 2M that the trace touches. */
function everySecond({ addresses }: Columns): NonNullable<ConfigInput["regions"]> {
  const touched = new Set<bigint>();
  let last = -1n;
  for (const address of addresses) {
    const page = address >> 21n;
    if (page !== last) touched.add(page);
    last = page;
  }
  const pages = [...touched].sort((a, b) => (a < b ? -1 : 1)).filter((_, i) => i % 2 === 0);
  return pages.map((page) => ({
    from: `0x${(page << 21n).toString(16)}`,
    to: `0x${((page + 1n) << 21n).toString(16)}`,
    pageSize: "2M",
  }));
}

/** Replays with two machines in turns. `bar`: how many times the first one's time the second may take. */
async function row(
  name: string,
  columns: Columns,
  plain: ConfigInput,
  other: ConfigInput,
  bar?: number,
): Promise<void> {
  const machines = [await LoadedMachine.create(columns, plain), await LoadedMachine.create(columns, other)];
  const times: number[][] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, machine] of machines.entries()) {
      const start = performance.now();
      machine.replay();
      if (round > 1) times[i]?.push(performance.now() - start);
    }
  }
  const [first, second] = times.map(median);
  const each = (time = 0) => `${((time * 1e6) / columns.infos.length).toFixed(2)} ns a record`;
  printRow({
    name,
    figure: each(second),
    against: `without ${each(first)}`,
    ratio: (second ?? 0) / (first ?? 1),
    unit: "x its time",
    ...(bar === undefined ? {} : { bar, better: "below" as const }),
  });
}
