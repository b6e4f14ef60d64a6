import type { ConfigInput } from "../model.js";

const BOOK =
  "Bryant and O'Hallaron, Computer Systems: A Programmer's Perspective, 3rd ed., section 9.6.4, figures 9.19 and 9.20";

/** Pairs of hexadecimal numbers: `03:0D` is the first and the second. */
function pairs(text: string): [string, string][] {
  return text.split(" ").map((pair) => pair.split(":") as [string, string]);
}

const PAGES = "00:28 02:33 03:02 05:16 08:13 09:17 0A:09 0D:2D 0E:11 0F:0D";

const LINES = [
  "0:19 99 11 23 11",
  "2:1B 00 02 04 08",
  "4:32 43 6D 8F 09",
  "5:0D 36 72 F0 1D",
  "7:16 11 C2 DF 03",
  "8:24 3A 00 51 89",
  "A:2D 93 15 DA 3B",
  "D:16 04 96 34 15",
  "E:13 83 77 1B D3",
];

/** The small memory system on which the textbook's end-to-end translation is worked, with its contents. */
export const csappSmall: ConfigInput = {
  name: "csapp-small",
  description:
    "The small machine of CS:APP 3e, section 9.6.4: 14-bit addresses, 64-byte pages, its tables filled in",
  pageTable: { format: "radix", vaBits: 14, paBits: 12, pageBits: 6, levels: [8], pteBytes: 4 },
  pageSize: "64",
  tlb: [{ name: "l1tlb", level: 1, pageSizes: ["64"], entries: 16, ways: 4 }],
  walkCache: [],
  caches: [{ name: "l1", level: 1, size: "64", line: 4, ways: 1, latency: 4 }],
  latency: { memory: 200, minorFault: 1000, majorFault: 10_000_000 },
  state: {
    pageTable: pairs(PAGES).map(([vpn, ppn]) => ({ vpn, ppn })),
    tlb: {
      l1tlb: [
        { set: 0, tag: "09", ppn: "0D" },
        { set: 0, tag: "07", ppn: "02" },
        { set: 1, tag: "03", ppn: "2D" },
        { set: 3, tag: "03", ppn: "0D" },
        { set: 3, tag: "0A", ppn: "34" },
      ],
    },
    caches: {
      l1: LINES.map((line) => {
        const [set = "0", rest = ""] = line.split(":");
        const [tag = "0", ...bytes] = rest.split(" ");
        return { set: Number.parseInt(set, 16), tag, bytes: bytes.join(" ") };
      }),
    },
  },
  sources: {
    pageTable: `${BOOK}. The book prints no layout of the entries: 4 bytes with the flags in the low ten bits are used here`,
    tlb: BOOK,
    caches: BOOK,
    state: `${BOOK}. Pages that only the TLB's entries name are mapped as they say`,
    policy: "LRU is an assumption: the book names none",
    "caches.l1.latency": "the book's table of caches everywhere, chapter 6: 4 cycles",
    "latency.memory": "the same table: main memory, 200 cycles",
    "latency.minorFault": "not in the book; assumed",
    "latency.majorFault": "the same table: a page from the local disk, 10,000,000 cycles",
  },
};
