import type { ConfigInput } from "../model.js";

const MANUAL = "Arm Neoverse V2 Core Technical Reference Manual (102375), chapter on memory management, TLBs";

/** Arm Neoverse V2 (AWS Graviton 4 at 2.8 GHz), with 4K granules. */
export const armNeoverseV2: ConfigInput = {
  name: "arm-neoverse-v2",
  description: "Arm Neoverse V2 (Graviton 4, 2.8 GHz), 4K granules",
  pageTable: { format: "aarch64-4k" },
  tlb: [
    {
      name: "l1i",
      level: 1,
      kinds: ["instruction"],
      pageSizes: ["4K", "64K", "2M"],
      entries: 48,
      ways: 48,
    },
    {
      name: "l1d",
      level: 1,
      kinds: ["load", "store"],
      pageSizes: ["4K", "64K", "2M"],
      entries: 48,
      ways: 48,
    },
    {
      name: "l2",
      level: 2,
      pageSizes: ["4K", "64K", "2M", "32M", "1G"],
      entries: 2048,
      ways: 8,
      latency: 6,
    },
  ],
  walkCache: [],
  latency: { memory: 320, minorFault: 2100, majorFault: 280_000 },
  sources: {
    "tlb.l1i": `${MANUAL}: 48 entries, fully associative. Larger pages enter in pieces, which is not modelled: they are looked up at level 2`,
    "tlb.l1d": `${MANUAL}: 48 entries, fully associative; the same`,
    "tlb.l2": `${MANUAL}: 2048 entries, 8-way, for instructions and data`,
    "tlb.l2.latency":
      "6 cycles: Arm's figure as J. Chen (jiegec) gives it, github.com/jiegec/blog-source, arm-neoverse-v2.md",
    policy: "LRU is an assumption: Arm does not publish the replacement policy",
    walkCache: "none: the core keeps results of walks in its level-2 TLB, and their number is not published",
    "latency.memory":
      "114 ns at 2.8 GHz: Chips and Cheese, Arm's Neoverse V2, in AWS's Graviton 4 (2024), rounded",
    "latency.minorFault": "assumed: the time of intel-skylake's at 2.8 GHz",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 2.8 GHz",
  },
};
