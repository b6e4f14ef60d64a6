import type { ConfigInput } from "../model.js";

const FIGURE =
  "Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective, 3rd ed., section 9.7, figure 9.21";

/** The Core i7 memory system as the textbook's case study draws it. */
export const csappI7: ConfigInput = {
  name: "csapp-i7",
  description: "The Core i7 of CS:APP 3e, section 9.7, as the book draws it",
  pageTable: { format: "x86-64" },
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K"], entries: 128, ways: 4 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["4K"], entries: 64, ways: 4 },
    { name: "l2", level: 2, pageSizes: ["4K"], entries: 512, ways: 4, latency: 7 },
  ],
  walkCache: [],
  caches: [
    { name: "icache", level: 1, kinds: ["instruction"], size: "32K", line: 64, ways: 8, latency: 4 },
    { name: "dcache", level: 1, kinds: ["load", "store"], size: "32K", line: 64, ways: 8, latency: 4 },
    { name: "l2cache", level: 2, size: "256K", line: 64, ways: 8, latency: 10 },
    { name: "l3cache", level: 3, size: "8M", line: 64, ways: 16, latency: 50 },
  ],
  latency: { memory: 200, minorFault: 1000, majorFault: 10_000_000 },
  sources: {
    "tlb.l1i": FIGURE,
    "tlb.l1d": FIGURE,
    "tlb.l2": FIGURE,
    "tlb.l2.latency":
      "not in the book. Hennessy and Patterson, Computer Architecture, 5th ed., figure 2.19, gives 7 cycles for a first-level miss of this part",
    policy: "LRU is an assumption: the book names none",
    walkCache: "none: the book's walk reads one entry at each of the four levels (figure 9.22)",
    caches: `${FIGURE}; the latencies are those of the table of caches everywhere, chapter 6: 4, 10 and 50 cycles`,
    "latency.memory": "Bryant and O'Hallaron, chapter 6, table of caches everywhere: main memory, 200 cycles",
    "latency.minorFault": "not in the book; assumed",
    "latency.majorFault": "the same table: a page from the local disk, 10,000,000 cycles",
  },
};
