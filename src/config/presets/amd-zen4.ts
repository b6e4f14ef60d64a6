import type { ConfigInput } from "../model.js";

const GUIDE = "AMD, Software Optimization Guide for the AMD Zen4 Microarchitecture (57647), on TLBs";
const CHIPS = "Chips and Cheese, AMD's Zen 4, Part 2: Memory Subsystem and Conclusion (2022)";

/** AMD Zen 4 (Ryzen 9 7950X at 5.7 GHz). */
export const amdZen4: ConfigInput = {
  name: "amd-zen4",
  description: "AMD Zen 4 (Ryzen 9 7950X, 5.7 GHz)",
  pageTable: { format: "x86-64" },
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K", "2M", "1G"], entries: 64, ways: 64 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["4K", "2M", "1G"], entries: 72, ways: 72 },
    {
      name: "l2i",
      level: 2,
      kinds: ["instruction"],
      pageSizes: ["4K", "2M"],
      entries: 512,
      ways: 8,
      latency: 8,
    },
    {
      name: "l2d",
      level: 2,
      kinds: ["load", "store"],
      pageSizes: ["4K", "2M"],
      entries: 3072,
      ways: 24,
      latency: 8,
    },
  ],
  walkCache: [
    { level: "pml4", entries: 16, ways: 16 },
    { level: "pdpt", entries: 48, ways: 48 },
    { level: "pd", entries: 1536, ways: 24 },
  ],
  latency: { memory: 418, minorFault: 3000, majorFault: 570_000 },
  sources: {
    "tlb.l1i": GUIDE,
    "tlb.l1d": `${GUIDE}; ${CHIPS}. The merging of neighbouring 4K pages into 16K entries is not modelled`,
    "tlb.l2i": GUIDE,
    "tlb.l2i.latency": "not published; assumed equal to that of l2d",
    "tlb.l2d": `${GUIDE}; ${CHIPS}. 1G pages, which the part holds here as 2M pieces, are not held`,
    "tlb.l2d.latency": `${CHIPS}: 7 to 8 cycles`,
    policy: "LRU is an assumption: AMD does not publish the replacement policy",
    "walkCache.pml4": `${GUIDE}: one page-directory cache of 64 entries; its division between the levels is an assumption`,
    "walkCache.pdpt": `${GUIDE}: one page-directory cache of 64 entries; its division between the levels is an assumption`,
    "walkCache.pd": `${GUIDE}: these entries share the L2 DTLB; half of its size, apart from it, is an assumption`,
    "latency.memory": `73.35 ns at 5.7 GHz: ${CHIPS}`,
    "latency.minorFault": "assumed, as for intel-skylake",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 5.7 GHz",
  },
};
