import type { ConfigInput } from "../model.js";

const GUIDE = "Apple, Apple Silicon CPU Optimization Guide, table of the M1's performance core";
const ANANDTECH = "A. Frumusanu, Apple Announces The Apple Silicon M1, AnandTech (2020)";

/** The performance core of Apple's M1 (Firestorm, 3.2 GHz), with 16K granules. */
export const appleM1: ConfigInput = {
  name: "apple-m1",
  description: "Apple M1, performance core (Firestorm, 3.2 GHz), 16K granules",
  pageTable: { format: "aarch64-16k" },
  pageSize: "16K",
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["16K"], entries: 192, ways: 192 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["16K"], entries: 160, ways: 160 },
    { name: "l2", level: 2, pageSizes: ["16K", "32M"], entries: 3072, ways: 12, latency: 7 },
  ],
  walkCache: [],
  latency: { memory: 310, minorFault: 2400, majorFault: 320_000 },
  sources: {
    pageTable: "macOS on this part uses pages of 16K",
    "tlb.l1i": `${GUIDE}: 192 entries. The associativity is not published: full is an assumption`,
    "tlb.l1d": `${GUIDE}: 160 entries. The associativity is not published: full is an assumption`,
    "tlb.l2": `${GUIDE} and ${ANANDTECH}: 3072 entries. Twelve ways, and that it holds 32M blocks, are assumptions`,
    "tlb.l2.latency": "not published; an assumption",
    policy: "LRU is an assumption: Apple does not publish the replacement policy",
    walkCache: "none: whether there are any is not published",
    "latency.memory": `about 97 ns at 3.2 GHz: ${ANANDTECH}`,
    "latency.minorFault": "assumed: the time of intel-skylake's at 3.2 GHz",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 3.2 GHz",
  },
};
