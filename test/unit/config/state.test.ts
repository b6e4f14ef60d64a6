import { describe } from "vitest";
import { presets } from "../../../src/config/presets/index.js";
import { refuses } from "./rules.js";

const small = presets["csapp-small"];

/** The small machine with another state. */
function typed(state: object): object {
  return { ...small, state: { pageTable: [], tlb: {}, caches: {}, ...state } };
}

describe("contents", () => {
  refuses([
    [
      "a page number too wide",
      typed({ pageTable: [{ vpn: "100", ppn: "1" }] }),
      /^state\.pageTable\[0\]\.vpn: "100"; want a number of 8 bits/,
    ],
    [
      "a frame number too wide",
      typed({ pageTable: [{ vpn: "1", ppn: "40" }] }),
      /^state\.pageTable\[0\]\.ppn: "40"; want a number of 6 bits/,
    ],
    [
      "a page twice",
      typed({
        pageTable: [
          { vpn: "1", ppn: "1" },
          { vpn: "0x01", ppn: "2" },
        ],
      }),
      /^state\.pageTable\[1\]\.vpn: 0x01; want a page that is typed in once/,
    ],
    [
      "a TLB that there is not",
      typed({ tlb: { l2: [] } }),
      /^state\.tlb\.l2: "l2"; want a TLB that holds pages of 64: l1tlb/,
    ],
    [
      "a set that there is not",
      typed({ tlb: { l1tlb: [{ set: 4, tag: "0", ppn: "1" }] } }),
      /^state\.tlb\.l1tlb\[0\]\.set: 4; want a set from 0 to 3/,
    ],
    [
      "a tag too wide",
      typed({ tlb: { l1tlb: [{ set: 0, tag: "40", ppn: "1" }] } }),
      /^state\.tlb\.l1tlb\[0\]\.tag: "40"; want a tag of a page number of 8 bits/,
    ],
    [
      "too many of a set",
      typed({ tlb: { l1tlb: [1, 2, 3, 4, 5].map((tag) => ({ set: 0, tag: `${tag}`, ppn: "1" })) } }),
      /^state\.tlb\.l1tlb\[4\]: entry 5 of set 0; want at most 4 ways/,
    ],
    [
      "an entry against the table",
      typed({ pageTable: [{ vpn: "4", ppn: "1" }], tlb: { l1tlb: [{ set: 0, tag: "1", ppn: "2" }] } }),
      /^state\.tlb\.l1tlb\[0\]\.ppn: "2"; want what the page table says, "1"/,
    ],
    [
      "an entry twice",
      typed({
        tlb: {
          l1tlb: [
            { set: 0, tag: "1", ppn: "2" },
            { set: 0, tag: "1", ppn: "2" },
          ],
        },
      }),
      /^state\.tlb\.l1tlb\[1\]: page 0x4; want a page that the TLB holds once/,
    ],
    [
      "a cache that there is not",
      typed({ caches: { l9: [] } }),
      /^state\.caches\.l9: "l9"; want a cache: l1/,
    ],
    [
      "a line of 3 bytes",
      typed({ caches: { l1: [{ set: 0, tag: "1", bytes: "00 11 22" }] } }),
      /^state\.caches\.l1\[0\]\.bytes: 3 bytes; want a line, 4 bytes/,
    ],
    [
      "a cache's set that there is not",
      typed({ caches: { l1: [{ set: 16, tag: "1", bytes: "00 11 22 33" }] } }),
      /^state\.caches\.l1\[0\]\.set: 16; want a set from 0 to 15/,
    ],
    [
      "of a table that is no tree",
      { pageTable: { format: "hashed" }, state: { pageTable: [] } },
      /^state: contents of a table that is no tree/,
    ],
    [
      "of a TLB whose sets are not whole",
      { ...small, tlb: [{ ...small.tlb?.[0], entries: 2 }] },
      /^tlb\[0\]\.ways: 4 ways of 2 entries/,
    ],
  ]);
});
