import type { ConfigInput } from "../model.js";

const MEASURED =
  "J. Chen (jiegec), measurements of the Apple M1's performance core, github.com/jiegec/blog-source, apple-m1.md";

/** The performance core of Apple's M1 (Firestorm, 3.2 GHz), with 16K granules. */
export const appleM1: ConfigInput = {
  name: "apple-m1",
  description: "Apple M1, performance core (Firestorm, 3.2 GHz), 16K granules",
  pageTable: { format: "aarch64-16k" },
  pageSize: "16K",
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["16K"], entries: 192, ways: 192 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["16K"], entries: 160, ways: 5 },
    { name: "l2", level: 2, pageSizes: ["16K", "32M"], entries: 3072, ways: 12, latency: 6 },
  ],
  walkCache: [],
  latency: { memory: 310, minorFault: 2400, majorFault: 320_000 },
  sources: {
    pageTable: "macOS on this part uses pages of 16K",
    "tlb.l1i": `${MEASURED}: 192 entries. The associativity is not known: full is an assumption`,
    "tlb.l1d": `${MEASURED}: 160 entries, 5-way`,
    "tlb.l2": `${MEASURED}: 3072 entries, 12-way. That it holds 32M blocks is an assumption`,
    "tlb.l2.latency": `${MEASURED}: a load takes 9 cycles where it takes 3 with a hit in the first TLB`,
    policy: "LRU is an assumption: Apple does not publish the replacement policy",
    walkCache: "none: whether there are any is not published",
    "latency.memory": "assumed: about 97 ns at 3.2 GHz",
    "latency.minorFault": "assumed: the time of intel-skylake's at 3.2 GHz",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 3.2 GHz",
  },
};
