import type { HeapPolicy } from "./policy.js";

/** The layout of CS:APP 3e, chapter 9: header and footer of 4 bytes on every block, a heap that grows by 4096 bytes at least. */
const TEXTBOOK: HeapPolicy = {
  organisation: "implicit",
  fit: "first",
  coalescing: "immediate",
  alignment: 8,
  header: 4,
  footer: 4,
  footers: "all",
  minBlock: 16,
  splitThreshold: 16,
  chunk: 4096,
  extend: "whole",
  realloc: "copy",
  mmapThreshold: null,
  limit: 2 ** 30,
};

/** What all of the quick ones share: footers of free blocks only, growth by what is lacking, realloc in place. */
const QUICK: HeapPolicy = {
  ...TEXTBOOK,
  organisation: "segregated",
  footers: "free",
  minBlock: null,
  splitThreshold: null,
  extend: "shortfall",
  realloc: "in-place",
};

export const HEAP_PRESETS = {
  "csapp-implicit-first": TEXTBOOK,
  "csapp-implicit-next": { ...TEXTBOOK, fit: "next" },
  "csapp-implicit-best": { ...TEXTBOOK, fit: "best" },
  "csapp-explicit-lifo": { ...TEXTBOOK, organisation: "explicit-lifo" },
  "csapp-explicit-address": { ...TEXTBOOK, organisation: "explicit-address" },
  segregated: QUICK,
  tlsf: { ...QUICK, organisation: "tlsf" },
  buddy: { ...QUICK, organisation: "buddy", footers: "none", extend: "whole" },
  dl: { ...QUICK, fit: "best", chunk: 65536, mmapThreshold: 262144 },
  tuned: { ...QUICK, fit: "best", chunk: 0 },
} as const satisfies Record<string, HeapPolicy>;
