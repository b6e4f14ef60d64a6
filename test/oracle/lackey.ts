// Lackey's text, read a line at a time with one regular expression.

import type { Kind } from "../../src/config/model.js";
import type { OracleRecord } from "./machine.js";

const KINDS: Record<string, Kind> = { "I  ": "instruction", " L ": "load", " S ": "store", " M ": "modify" };

/** The records of a text up to its first bad line, and that line's number. */
export function readLackey(text: string): { records: OracleRecord[]; badLine: number | undefined } {
  const records: OracleRecord[] = [];
  const lines = text.split("\n");
  for (const [i, ended] of lines.entries()) {
    const line = ended.replace(/\r$/, "");
    if (/^[ \t]*$/.test(line) || line.startsWith("==") || line.startsWith("--")) continue;
    const [, kind = "", va = "", size = ""] = /^(I {2}| [LSM] )([0-9a-fA-F]{1,16}),(\d+)$/.exec(line) ?? [];
    const known = KINDS[kind];
    if (!known || Number(size) > 1_048_576) return { records, badLine: i + 1 };
    records.push({ va: BigInt(`0x${va}`), size: Math.max(Number(size), 1), kind: known });
  }
  return { records, badLine: undefined };
}
