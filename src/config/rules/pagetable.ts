import type { PageTableConfig, RadixTable } from "../model.js";
import { listed, type Problem } from "./rule.js";

/** Low bits of an entry of a radix table that are not its frame number. */
const FLAG_BITS = 10;
/** Bits of a page's number that a TLB's entry has room for. */
const NUMBER_BITS = 45;
/** Physical memory of fewer bits than these has its tables in a window of so many. */
const WIDE_BITS = 33;
const WINDOW_BITS = 26;

/** What is wrong with a page table by itself; only one without problems has a shape. */
export function pageTableProblems(table: PageTableConfig, path = "pageTable"): Problem[] {
  return table.format === "radix" ? radixProblems(table, path) : [];
}

function radixProblems(table: RadixTable, path: string): Problem[] {
  const { vaBits, paBits, pageBits, levels, leaves, pteBytes } = table;
  const sum = levels.reduce((all, bits) => all + bits, 0);
  const names = levels.map((_, i) => `l${i + 1}`);
  const problems: Problem[] = [];
  const want = (right: boolean, key: string, found: string, allowed: string) => {
    if (!right) problems.push({ path: `${path}.${key}`, found, allowed });
  };
  want(
    sum + pageBits === vaBits,
    "levels",
    `[${levels.join(",")}], ${sum} bits in all`,
    `bits that add up to vaBits - pageBits, ${vaBits - pageBits}`,
  );
  want(
    vaBits - pageBits <= NUMBER_BITS,
    "vaBits",
    String(vaBits),
    `at most pageBits + ${NUMBER_BITS}, ${pageBits + NUMBER_BITS}`,
  );
  want(paBits > pageBits, "paBits", String(paBits), `more than pageBits, ${pageBits}`);
  const wide = paBits - pageBits + FLAG_BITS;
  want(
    wide <= 8 * pteBytes,
    "pteBytes",
    String(pteBytes),
    `room for ${FLAG_BITS} bits of flags and ${paBits - pageBits} of frame number, ${[2, 4, 8].find((bytes) => wide <= 8 * bytes) ?? "more than 8"} bytes`,
  );
  const tableBytes = 2 ** Math.max((levels[0] ?? 0) + Math.log2(pteBytes), pageBits);
  const most = 2 ** Math.min(paBits, WINDOW_BITS);
  want(
    paBits >= WIDE_BITS || (tableBytes <= most && tableBytes + 2 ** pageBits <= 2 ** paBits),
    "paBits",
    String(paBits),
    `enough for the root table (${tableBytes} bytes, below ${2 ** WINDOW_BITS}) and one page (${2 ** pageBits}), or at least ${WIDE_BITS}`,
  );
  for (const [i, leaf] of leaves.entries())
    want(names.includes(leaf), `leaves[${i}]`, JSON.stringify(leaf), listed(names));
  return problems;
}
