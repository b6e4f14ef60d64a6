import type { ConfigInput } from "../model.js";

const MANUAL =
  "Intel 64 and IA-32 Architectures Optimization Reference Manual (248966), Skylake client, table of TLB parameters";

/** Intel Core of the sixth generation (Skylake client, i7-6700 at 4.0 GHz). */
export const intelSkylake: ConfigInput = {
  name: "intel-skylake",
  description: "Intel Skylake client (Core i7-6700, 4.0 GHz)",
  pageTable: { format: "x86-64" },
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K"], entries: 128, ways: 8 },
    { name: "l1i-2m", level: 1, kinds: ["instruction"], pageSizes: ["2M"], entries: 8, ways: 8 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["4K"], entries: 64, ways: 4 },
    { name: "l1d-2m", level: 1, kinds: ["load", "store"], pageSizes: ["2M"], entries: 32, ways: 4 },
    { name: "l1d-1g", level: 1, kinds: ["load", "store"], pageSizes: ["1G"], entries: 4, ways: 4 },
    { name: "stlb", level: 2, pageSizes: ["4K", "2M"], entries: 1536, ways: 12, latency: 9 },
    { name: "stlb-1g", level: 2, pageSizes: ["1G"], entries: 16, ways: 4, latency: 9 },
  ],
  walkCache: [
    { level: "pml4", entries: 4, ways: 4 },
    { level: "pdpt", entries: 8, ways: 4 },
    { level: "pd", entries: 32, ways: 8 },
  ],
  latency: { memory: 246, minorFault: 3000, majorFault: 400_000 },
  sources: {
    "tlb.l1i": MANUAL,
    "tlb.l1i-2m": `${MANUAL}: 8 entries a thread; full associativity is how it is commonly listed`,
    "tlb.l1d": MANUAL,
    "tlb.l1d-2m": MANUAL,
    "tlb.l1d-1g": MANUAL,
    "tlb.stlb": `${MANUAL}; WikiChip, Skylake (client): 1536 entries, 12-way. The real index is a hash of the page number; mod sets is used here`,
    "tlb.stlb.latency":
      "9 cycles: Linux perf, pmu-events/arch/x86/skylake/skl-metrics.json (tma_dtlb_load, tma_dtlb_store)",
    "tlb.stlb-1g": MANUAL,
    "tlb.stlb-1g.latency": "assumed equal to that of stlb",
    policy: "LRU is an assumption: Intel does not publish the replacement policy",
    walkCache:
      "Intel does not publish the sizes. These are ChampSim's defaults (inc/defaults.hpp: 4/4, 8/4 and 32/8 entries/ways), an assumption",
    "latency.memory": "42 cycles + 51 ns = 246 cycles at 4.0 GHz: 7-cpu.com, Skylake (i7-6700, DDR4-2400)",
    "latency.minorFault":
      "assumed: about 1050 cycles for the fault and the return alone (L. Torvalds, 2014, Haswell), and the kernel's work",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 4.0 GHz",
  },
};
