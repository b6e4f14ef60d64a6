import type { ConfigInput } from "../model.js";

const MANUAL =
  "Intel 64 and IA-32 Architectures Optimization Reference Manual (248966), Golden Cove, table of TLB parameters";
const COVE = "the manual's table for Golden Cove says what changed against Sunny Cove; this is unchanged";

/** Intel Golden Cove, the performance core of Alder Lake (Core i9-12900K at 5.2 GHz). */
export const intelGoldenCove: ConfigInput = {
  name: "intel-golden-cove",
  description: "Intel Golden Cove (Core i9-12900K, 5.2 GHz)",
  pageTable: { format: "x86-64" },
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K"], entries: 256, ways: 8 },
    { name: "l1i-2m", level: 1, kinds: ["instruction"], pageSizes: ["2M"], entries: 32, ways: 8 },
    { name: "l1d-load", level: 1, kinds: ["load"], pageSizes: ["4K"], entries: 96, ways: 6 },
    { name: "l1d-load-2m", level: 1, kinds: ["load"], pageSizes: ["2M"], entries: 32, ways: 4 },
    { name: "l1d-load-1g", level: 1, kinds: ["load"], pageSizes: ["1G"], entries: 8, ways: 8 },
    { name: "l1d-store", level: 1, kinds: ["store"], pageSizes: ["4K", "2M", "1G"], entries: 16, ways: 16 },
    { name: "stlb", level: 2, pageSizes: ["4K"], entries: 2048, ways: 16, latency: 7 },
    { name: "stlb-2m", level: 2, pageSizes: ["2M"], entries: 1024, ways: 8, latency: 7 },
    { name: "stlb-1g", level: 2, pageSizes: ["1G"], entries: 1024, ways: 8, latency: 7 },
  ],
  walkCache: [
    { level: "pml4", entries: 4, ways: 4 },
    { level: "pdpt", entries: 8, ways: 4 },
    { level: "pd", entries: 32, ways: 8 },
  ],
  latency: { memory: 450, minorFault: 3900, majorFault: 520_000 },
  sources: {
    "tlb.l1i": MANUAL,
    "tlb.l1i-2m": MANUAL,
    "tlb.l1d-load": MANUAL,
    "tlb.l1d-load-2m": `${MANUAL}; ${COVE}`,
    "tlb.l1d-load-1g": `${MANUAL}; ${COVE}`,
    "tlb.l1d-store": `${MANUAL}; ${COVE}: stores have a TLB of their own, of all sizes`,
    "tlb.stlb": `${MANUAL}; Chips and Cheese, Popping the Hood on Golden Cove (2021): 2048 entries`,
    "tlb.stlb.latency":
      "7 cycles: J. Chen (jiegec), measurements of Golden Cove, github.com/jiegec/blog-source, intel-golden-cove.md: 5 to 12 cycles",
    "tlb.stlb-2m": `CPUID leaf 18H of the same core (Bochs, sapphire_rapids.cc): one array of 8 ways for 4K and 2M, one for 4K and 1G. 4K pages have both, others their own; that sizes compete is not modelled`,
    "tlb.stlb-2m.latency": "as that of stlb",
    "tlb.stlb-1g": "the same: the second array",
    "tlb.stlb-1g.latency": "assumed equal to that of stlb",
    policy: "LRU is an assumption: Intel does not publish the replacement policy",
    walkCache:
      "Intel does not publish the sizes. These are ChampSim's defaults (inc/defaults.hpp: 4/4, 8/4 and 32/8 entries/ways), an assumption",
    "latency.memory": "assumed: about 87 ns at 5.2 GHz with DDR5; measurements range from 80 to 95 ns",
    "latency.minorFault": "assumed: the time of intel-skylake's at 5.2 GHz",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 5.2 GHz",
  },
};
