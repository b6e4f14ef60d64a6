import { describe, expect, test } from "vitest";
import { presets } from "../../../src/config/presets/index.js";
import { resolveConfig } from "../../../src/config/resolve.js";
import { allows, host, radix, refuses } from "./rules.js";

const small = presets["csapp-small"];

describe("page tables", () => {
  refuses([
    [
      "levels that do not add up",
      { pageTable: { ...radix, levels: [10, 9] } },
      /^pageTable\.levels: \[10,9\], 19 bits in all; want bits that add up to .* 20$/,
    ],
    [
      "too many bits for a TLB",
      { pageTable: { ...radix, vaBits: 58, pteBytes: 8, levels: [16, 15, 15] } },
      /^pageTable\.vaBits: 58; want at most pageBits \+ 45, 57/,
    ],
    [
      "frames too wide for an entry",
      { pageTable: { ...radix, pteBytes: 2 } },
      /^pageTable\.pteBytes: 2; want room for 10 bits of flags and 22 of frame number, 4 bytes/,
    ],
    [
      "no frame",
      { pageTable: { ...radix, paBits: 12 } },
      /^pageTable\.paBits: 12; want more than pageBits/,
      /^pageTable\.paBits: 12; want enough/,
    ],
    [
      "no room for the root",
      { pageTable: { ...radix, levels: [20], paBits: 20 } },
      /^pageTable\.paBits: 20; want enough for the root table \(4194304 bytes/,
    ],
    [
      "pages larger than what has tables",
      { pageTable: { ...radix, vaBits: 50, paBits: 32, pageBits: 30, pteBytes: 8 }, pageSize: "1G" },
      /^pageTable\.paBits: 32; want enough .* or at least 33$/,
    ],
    [
      "a leaf at no level",
      { pageTable: { ...radix, leaves: ["l3"] } },
      /^pageTable\.leaves\[0\]: "l3"; want "l1" or "l2"/,
    ],
    [
      "slots that are no power of two",
      { pageTable: { format: "hashed", slots: 3 } },
      /^pageTable\.slots: 3; want a power of two/,
    ],
    ["an inverted one without frames", { pageTable: { format: "inverted" } }, /^pageTable\.frames: missing/],
    [
      "nine ways",
      { pageTable: { format: "elastic-cuckoo", ways: 9 } },
      /^pageTable\.ways: 9; want a whole number from 2 to 8/,
    ],
    [
      "a key of another format",
      { pageTable: { format: "x86-64", lpa: true } },
      /^pageTable\.lpa: no such key/,
    ],
  ]);

  test("of another format drop what a lower layer said", () => {
    expect(resolveConfig({ pageTable: radix }, { pageTable: { format: "sv32" } }).pageTable).toEqual({
      format: "sv32",
    });
    const merged = resolveConfig(
      { pageTable: radix },
      { pageTable: { format: "radix", paBits: 33 } },
    ).pageTable;
    expect(merged).toMatchObject({ levels: [10, 10], paBits: 33 });
  });
});

describe("nested tables", () => {
  refuses([
    [
      "a page size that the host has not",
      { nested: { pageTable: host, pageSize: "4M" } },
      /^nested\.pageSize: "4M"; want "4K" or "2M" or "1G"/,
    ],
    [
      "a guest that is no tree",
      { pageTable: { format: "hashed" }, nested: { pageTable: host } },
      /^nested: a host below a table that is no tree/,
    ],
    [
      "a host that is no tree",
      { nested: { pageTable: { format: "hashed" } } },
      /^nested\.pageTable\.format: "hashed"; want/,
    ],
    [
      "a guest of 32 bits",
      { pageTable: { ...radix, paBits: 32 }, nested: { pageTable: host } },
      /^nested: a guest with 32 bits of physical address; want at least 33/,
    ],
    [
      "a host of 32 bits",
      { nested: { pageTable: { ...radix, paBits: 32 } } },
      /^nested\.pageTable: 32 bits of address to 32; want at least 33/,
    ],
    ["a broken host", { nested: { pageTable: { ...radix, levels: [10] } } }, /^nested\.pageTable\.levels/],
    [
      "contents",
      { ...small, pageTable: { ...small.pageTable, paBits: 33, pteBytes: 8 }, nested: { pageTable: host } },
      /^state: contents, of a machine with nested tables; want null/,
    ],
  ]);
});

describe("cores", () => {
  refuses([
    ["65", { cores: 65 }, /^cores: 65; want a whole number from 1 to 64/],
    ["fewer ids than cores", { cores: 4, asids: 3 }, /^asids: 3; want null, or at least one a core, 4/],
    ["4096 ids", { asids: 4096 }, /^asids: 4096; want a whole number from 1 to 4095/],
  ]);
  allows([["64, with as many ids", { cores: 64, asids: 64 }]]);
});
