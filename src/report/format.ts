// Numbers and tables as people read them.

import Table from "cli-table3";
import type { Count } from "../engine/stats.js";

/** 1234567 as 1,234,567. */
export function integer(value: Count): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** So many of something: `1 block`, `1,234 blocks`. */
export function many(count: number, what: string): string {
  return `${integer(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** A share of one as a percentage with enough digits to tell small ones apart; "-" of nothing. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return "-";
  const share = (100 * part) / whole;
  if (share === 0) return "0 %";
  return `${share >= 0.1 ? share.toFixed(2) : share.toPrecision(2)} %`;
}

/** A quotient to two decimals, or two digits where it is small; "-" where the divisor is 0. */
export function ratio(part: number, whole: number): string {
  if (whole === 0) return "-";
  const value = part / whole;
  return value === 0 || value >= 0.1 ? value.toFixed(2) : value.toPrecision(2);
}

/** Bytes in the largest unit that keeps a whole part. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
  const power = value > 0 ? Math.min(Math.floor(Math.log2(value) / 10), units.length - 1) : 0;
  const scaled = value / 2 ** (10 * power);
  return `${Number.isInteger(scaled) ? scaled : scaled.toFixed(1)} ${units[power]}`;
}

/** A plain table: a head, then rows; the first column to the left, the rest to the right. */
export function table(head: string[], rows: string[][]): string {
  const none = "";
  const grid = new Table({
    head,
    colAligns: head.map((_, i) => (i === 0 ? "left" : "right")),
    style: { head: [], border: [], "padding-left": 0, "padding-right": 2 },
    chars: {
      top: none,
      "top-mid": none,
      "top-left": none,
      "top-right": none,
      bottom: none,
      "bottom-mid": none,
      "bottom-left": none,
      "bottom-right": none,
      left: "  ",
      "left-mid": none,
      mid: none,
      "mid-mid": none,
      right: none,
      "right-mid": none,
      middle: none,
    },
  });
  grid.push(...rows);
  return trimLines(grid.toString());
}

/** `name value` pairs, the values aligned. */
export function pairs(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join("\n");
}

function trimLines(text: string): string {
  return text.replace(/[ \t]+$/gm, "");
}
