import type { ConfigInput, Kind, Policy } from "pagewalk";

/** What other simulators counted on a trace. */
export interface ReferenceCase {
  trace: string;
  name: string;
  config: ConfigInput;
  kinds?: Kind[];
  /** Paths of the result, and their values. */
  expected: Record<string, number>;
}

const walkCache: ConfigInput["walkCache"] = [
  { level: "pml4", entries: 4, ways: 4 },
  { level: "pdpt", entries: 8, ways: 4 },
  { level: "pd", entries: 32, ways: 8 },
];

const fullStream: ConfigInput = {
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K"], entries: 128, ways: 8 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["4K"], entries: 64, ways: 4 },
    { name: "l2", level: 2, pageSizes: ["4K"], entries: 1536, ways: 12 },
  ],
  walkCache,
};

/** The D stream: one lookup a data record, of its first page. */
const dStream = { modify: "once", crossing: "first" } as const;
const data: Kind[] = ["load", "store", "modify"];

function full(trace: string, expected: Record<string, number>): ReferenceCase {
  return { trace, name: "full stream", config: fullStream, expected };
}

function twoLevels(
  trace: string,
  l1: [number, number],
  l2: [number, number],
  misses: [number, number],
  policy: Policy = "lru",
): ReferenceCase {
  return {
    trace,
    name: `D stream, ${l1.join("/")} + ${l2.join("/")}, ${policy}`,
    config: {
      tlb: [
        { name: "l1", level: 1, pageSizes: ["4K"], entries: l1[0], ways: l1[1], policy },
        { name: "l2", level: 2, pageSizes: ["4K"], entries: l2[0], ways: l2[1], policy },
      ],
      count: dStream,
    },
    kinds: data,
    expected: { "tlb.l1.misses": misses[0], "tlb.l2.misses": misses[1] },
  };
}

/** One level of LRU with 1, 2, 4, 8 and 16 ways: a case a cell. */
function oneLevel({ trace, misses }: SweepCase): ReferenceCase[] {
  return Object.entries(misses).flatMap(([sets, row]) =>
    row.map((count, i) => ({
      trace,
      name: `D stream, ${sets} sets, ${2 ** i} ways`,
      config: {
        tlb: [{ name: "l1", level: 1, pageSizes: ["4K"], entries: Number(sets) * 2 ** i, ways: 2 ** i }],
        count: dStream,
      },
      kinds: data,
      expected: { "tlb.l1.misses": count },
    })),
  );
}

/** All of one level at once: by sets, the misses with 1, 2, 4, 8 and 16 ways. */
export interface SweepCase {
  trace: string;
  misses: Record<number, number[]>;
}

/** How a sweep of these is made. */
export const ONE_LEVEL = {
  kinds: data,
  config: {
    tlb: [{ name: "l1", level: 1, pageSizes: ["4K"], entries: 64, ways: 4 }],
    count: dStream,
  } satisfies ConfigInput,
};

const GZIP = "gzip.lackey.zst";
const PY3 = "py3.lackey.zst";

export const sweepCases: SweepCase[] = [
  {
    trace: GZIP,
    misses: {
      1: [2626814, 1401228, 1045301, 720725, 450687],
      4: [1279875, 748986, 438037, 114853, 227],
      16: [553904, 205363, 8914, 166, 156],
      64: [161882, 33036, 160, 156, 156],
      256: [540, 156, 156, 156, 156],
    },
  },
  {
    trace: PY3,
    misses: {
      1: [8962446, 6301697, 3684614, 2007534, 916066],
      4: [4985257, 2582072, 1054820, 312408, 68556],
      16: [2194200, 607530, 128864, 32883, 13374],
      64: [1029517, 110673, 15202, 3611, 1258],
      256: [166368, 11878, 1445, 1227, 1227],
    },
  },
];

export const cases: ReferenceCase[] = [
  full(GZIP, {
    "trace.records": 15722863,
    "trace.kinds.instruction": 11630988,
    "trace.kinds.load": 2694685,
    "trace.kinds.store": 1344711,
    "trace.kinds.modify": 52479,
    "tlb.l1i.hits": 11631061,
    "tlb.l1i.misses": 81,
    "tlb.l1d.hits": 4135441,
    "tlb.l1d.misses": 8914,
    "tlb.l2.hits": 8758,
    "tlb.l2.misses": 237,
    "walk.pteReads": 246,
    "walk.caches.pd.hits": 231,
    "walk.caches.pdpt.hits": 4,
    "walk.caches.pml4.hits": 1,
    "faults.minor": 237,
    "pages.dirty": 87,
    "pages.tables": 10,
  }),
  full(PY3, {
    "trace.records": 56531668,
    "trace.kinds.instruction": 39665110,
    "trace.kinds.load": 10660139,
    "trace.kinds.store": 5789075,
    "trace.kinds.modify": 417344,
    "tlb.l1i.hits": 39676119,
    "tlb.l1i.misses": 5897,
    "tlb.l1d.hits": 17155427,
    "tlb.l1d.misses": 128864,
    "tlb.l2.hits": 132933,
    "tlb.l2.misses": 1828,
    "walk.pteReads": 1841,
    "walk.caches.pd.hits": 1818,
    "walk.caches.pdpt.hits": 8,
    "walk.caches.pml4.hits": 1,
    "faults.minor": 1775,
    "pages.dirty": 818,
    "pages.tables": 14,
  }),
  twoLevels(GZIP, [64, 4], [1536, 12], [8914, 156]),
  twoLevels(PY3, [64, 4], [1536, 12], [128864, 1227]),
  twoLevels(GZIP, [32, 32], [1024, 4], [114359, 156]),
  twoLevels(PY3, [32, 32], [1024, 4], [255148, 1444]),
  twoLevels(GZIP, [64, 4], [1536, 12], [11539, 156], "fifo"),
  twoLevels(PY3, [64, 4], [1536, 12], [158262, 1231], "fifo"),
  twoLevels(GZIP, [32, 32], [1024, 4], [148145, 156], "fifo"),
  twoLevels(PY3, [32, 32], [1024, 4], [411837, 1608], "fifo"),
  twoLevels(GZIP, [64, 4], [1536, 12], [15705, 156], "brrip"),
  twoLevels(PY3, [64, 4], [1536, 12], [120774, 1228], "brrip"),
  ...sweepCases.flatMap(oneLevel),
];
