import { describe } from "vitest";
import { allows, refuses } from "./rules.js";

const region = { from: "0x1000", to: "0x3000" };

describe("regions", () => {
  refuses([
    [
      "no bytes",
      { regions: [{ from: "0x1000", to: "0x1000" }] },
      /^regions\[0\]\.to: 0x1000; want more than from/,
    ],
    [
      "backwards",
      { regions: [{ from: "0x2000", to: "0x1000" }] },
      /^regions\[0\]\.to: 0x1000; want more than from/,
    ],
    [
      "half a page",
      { regions: [{ from: "0x800", to: "0x1000" }] },
      /^regions\[0\]\.from: 0x800; want a multiple of its page size, 4K/,
    ],
    [
      "a large page beside it cut",
      { pageSize: "2M", regions: [{ ...region, pageSize: "4K" }] },
      /^regions\[0\]\.from: 0x1000; want a multiple of 2M/,
      /^regions\[0\]\.to: 0x3000; want a multiple of 2M/,
    ],
    [
      "addresses of no space",
      { regions: [{ from: "0x800000000000", to: "0x800000001000" }] },
      /^regions\[0\]\.from: 0x800000000000; want an address of the space, of 48 bits, or/,
    ],
    [
      "the end out of the space",
      { regions: [{ from: "0x7ffffffff000", to: "0x800000001000" }] },
      /^regions\[0\]\.to: 0x800000001000; want/,
    ],
    ["both halves", { regions: [{ from: "0x7ffffffff000", to: "0xffffffffffff0000" }] }, /^regions\[0\]\.to/],
    [
      "overlap",
      { regions: [region, { from: "0x2000", to: "0x4000" }] },
      /^regions\[1\]\.from: 0x2000; want an address outside regions\[0\], 0x1000 to 0x3000/,
    ],
    [
      "a number for an address",
      { regions: [{ from: 4096, to: "0x3000" }] },
      /^regions\[0\]\.from: 4096; want a hexadecimal/,
    ],
    [
      "an access of other letters",
      { regions: [{ ...region, access: "rwq" }] },
      /^regions\[0\]\.access: "rwq"; want what may be done/,
    ],
  ]);
  allows([
    ["the last page below the middle", { regions: [{ from: "0x7ffffffff000", to: "0x800000000000" }] }],
    [
      "neighbours of other sizes, whole",
      {
        regions: [
          { from: "0x200000", to: "0x400000", pageSize: "2M" },
          { from: "0x400000", to: "0x401000" },
        ],
      },
    ],
    [
      "cut 4K pages that lie between others",
      {
        pageSize: "2M",
        regions: [
          { from: "0x0", to: "0x1000", pageSize: "4K" },
          { from: "0x1000", to: "0x200000", pageSize: "4K" },
        ],
      },
    ],
  ]);
});
