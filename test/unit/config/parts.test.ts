import { describe } from "vitest";
import { allows, cache, host, refuses, tlb, walkCache } from "./rules.js";

const region = { from: "0x1000", to: "0x3000" };

describe("sets", () => {
  refuses([
    [
      "an ideal TLB with entries",
      { tlb: [{ ...tlb, policy: "ideal" }] },
      /^tlb\[0\]\.entries: 16; want none/,
      /^tlb\[0\]\.ways: 4; want none/,
    ],
    [
      "a walk cache of 5 in 4 ways",
      { walkCache: [{ ...walkCache, entries: 5 }] },
      /^walkCache\[0\]\.ways: 4 ways of 5 entries/,
    ],
    [
      "more ways than entries",
      { tlb: [{ ...tlb, ways: 32 }] },
      /^tlb\[0\]\.ways: 32 ways of 16 entries; .*such as 16$/,
    ],
    [
      "a nested TLB of 5 in 4 ways",
      { nested: { pageTable: host, tlb: { entries: 5, ways: 4 } } },
      /^nested\.tlb\.ways: 4 ways of 5/,
    ],
    [
      "a host's walk cache of 5 in 4 ways",
      { nested: { pageTable: host, walkCache: [{ ...walkCache, entries: 5 }] } },
      /^nested\.walkCache\[0\]\.ways: 4 ways of 5/,
    ],
    [
      "xor of 3 sets",
      { tlb: [{ ...tlb, entries: 12, index: "xor" }] },
      /^tlb\[0\]\.index: "xor" of 3 sets; want .*power of two/,
    ],
    [
      "a cache named as a TLB",
      { tlb: [tlb], caches: [{ ...cache, name: "t" }] },
      /^caches\[0\]\.name: "t"; want a name used once/,
    ],
    [
      "a walk cache named as a key",
      { walkCache: [{ ...walkCache, level: "seed", levels: ["pd"] }] },
      /^walkCache\[0\]\.level: "seed"; want a name that is no key/,
    ],
  ]);
  allows([
    ["an ideal TLB", { tlb: [{ name: "t", level: 1, pageSizes: ["4K"], policy: "ideal" }] }],
    ["3 sets by mod", { tlb: [{ ...tlb, entries: 12 }] }],
    ["xor of 4 sets", { tlb: [{ ...tlb, index: "xor" }] }],
  ]);
});

describe("TLBs", () => {
  refuses([
    [
      "a size of another format",
      { tlb: [{ ...tlb, pageSizes: ["4K", "4M"] }] },
      /^tlb\[0\]\.pageSizes\[1\]: "4M"; want "4K" or "2M" or "1G"$/,
    ],
    [
      "a region's size that is none",
      { regions: [{ ...region, pageSize: "64K" }] },
      /^regions\[0\]\.pageSize: "64K"; want/,
      /^regions\[0\]\.from/,
      /^regions\[0\]\.to/,
    ],
    [
      "a region's size that no TLB holds",
      { tlb: [tlb], regions: [{ from: "0x200000", to: "0x400000", pageSize: "2M" }] },
      /^regions\[0\]\.pageSize: "2M"; want a size that some TLB holds \(4K\)/,
    ],
  ]);
  allows([
    [
      "two TLBs of a level for other kinds",
      {
        tlb: [
          { ...tlb, kinds: ["load"] },
          { ...tlb, name: "u", kinds: ["store"] },
        ],
      },
    ],
    ["two TLBs of a level for other sizes", { tlb: [tlb, { ...tlb, name: "u", pageSizes: ["2M"] }] }],
    ["any size where there is no TLB", { pageSize: "1G", tlb: [] }],
  ]);
});

describe("walk caches", () => {
  refuses([
    [
      "the last level",
      { walkCache: [{ ...walkCache, level: "pt" }] },
      /^walkCache\[0\]\.level: "pt"; want "pml4" or "pdpt" or "pd"$/,
    ],
    [
      "a level twice",
      { walkCache: [walkCache, { ...walkCache, level: "psc", levels: ["pdpt", "pd"] }] },
      /^walkCache\[1\]\.levels\[1\]: "pd"; want a level that no other/,
    ],
    [
      "a table that is no tree",
      { pageTable: { format: "hashed" }, walkCache: [walkCache] },
      /^walkCache: 1 walk caches; want \[\]/,
    ],
    [
      "a host's level that is none",
      { nested: { pageTable: { format: "sv39" }, walkCache: [walkCache] } },
      /^nested\.walkCache\[0\]\.level: "pd"; want "l1" or "l2"/,
    ],
  ]);
  allows([
    ["one of several levels", { walkCache: [{ ...walkCache, level: "psc", levels: ["pdpt", "pd"] }] }],
  ]);
});

describe("data caches", () => {
  refuses([
    [
      "less than a line",
      { caches: [{ ...cache, size: "32" }] },
      /^caches\[0\]\.size: "32"; want at least a line, 64 bytes/,
    ],
    [
      "7 ways of 32K",
      { caches: [{ ...cache, ways: 7 }] },
      /^caches\[0\]\.ways: 7 ways of "32K" in lines of 64; want ways that divide the lines \(512\)/,
    ],
    [
      "lines of more than a page",
      { caches: [{ ...cache, line: 8192 }] },
      /^caches\[0\]\.ways/,
      /^caches\[0\]\.line: 8192; want at most a page, 4096/,
    ],
    [
      "lines of 48 bytes",
      { caches: [{ ...cache, line: 48 }] },
      /^caches\[0\]\.line: 48; want a power of two/,
    ],
    [
      "two of a level and kind",
      { caches: [cache, { ...cache, name: "l1x", level: 1 }] },
      /^caches\[1\]: "l1x" serves accesses that "l1" serves too, at level 1/,
    ],
    [
      "level 4, by its place",
      { caches: ["1", "2", "3", "4"].map((name) => ({ ...cache, name: `l${name}` })) },
      /^caches\[3\]\.level: 4, by its place; want a whole number from 1 to 3/,
    ],
    [
      "level 4",
      { caches: [{ ...cache, level: 4 }] },
      /^caches\[0\]\.level: 4; want a whole number from 1 to 3/,
    ],
  ]);
  allows([
    ["levels by place", { caches: [cache, { ...cache, name: "l2" }, { ...cache, name: "l3" }] }],
    [
      "two of a level by kind",
      {
        caches: [
          { ...cache, kinds: ["instruction"] },
          { ...cache, name: "d", level: 1, kinds: ["load", "store"] },
        ],
      },
    ],
  ]);
});
