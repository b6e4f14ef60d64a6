// Line formats other than lackey's, each with one regular expression.

import type { Kind } from "../../src/config/model.js";
import type { OracleRecord } from "./machine.js";

export interface NaiveText {
  /** A record's line, or undefined if it is none. */
  record(line: string): OracleRecord | undefined;
  comment(line: string): boolean;
}

const LIMIT = 1n << 64n;
const kindOf = (letter: string): Kind => (/^r$/i.test(letter) ? "load" : "store");

export const TEXTS: Record<string, NaiveText> = {
  din: {
    record(line) {
      const [, label = "", va] =
        /^[ \t]*([012])[ \t]+(?:0[xX])?([0-9a-fA-F]{1,16})(?:[ \t].*)?$/.exec(line) ?? [];
      const kinds: Record<string, Kind> = { "0": "load", "1": "store", "2": "instruction" };
      const kind = kinds[label];
      return va === undefined || !kind ? undefined : { va: BigInt(`0x${va}`), size: 1, kind };
    },
    comment: () => false,
  },
  rw: {
    record(line) {
      const [, va, letter = ""] =
        /^[ \t]*(?:0[xX])?([0-9a-fA-F]{1,16})[ \t]+([rRwW])[ \t]*$/.exec(line) ?? [];
      return va === undefined ? undefined : { va: BigInt(`0x${va}`), size: 1, kind: kindOf(letter) };
    },
    comment: () => false,
  },
  pinatrace: {
    record(line) {
      const whole =
        /^[ \t]*(?:(?:0[xX])?[0-9a-fA-F]{1,16}:)?[ \t]*([rRwW])[ \t]+(?:0[xX]([0-9a-fA-F]{1,16})|(\d+))[ \t]*$/;
      const [matched, letter = "", hex, decimal = ""] = whole.exec(line) ?? [];
      if (matched === undefined) return undefined;
      const va = hex === undefined ? BigInt(decimal) : BigInt(`0x${hex}`);
      return va < LIMIT ? { va, size: 1, kind: kindOf(letter) } : undefined;
    },
    comment: (line) => /^[ \t]*#/.test(line),
  },
};

/** The records of a text up to its first bad line, and that line's number. */
export function readText(
  format: string,
  text: string,
): { records: OracleRecord[]; badLine: number | undefined } {
  const { record, comment } = TEXTS[format] as NaiveText;
  const records: OracleRecord[] = [];
  for (const [i, ended] of text.split("\n").entries()) {
    const line = ended.replace(/\r$/, "");
    if (/^[ \t]*$/.test(line) || comment(line)) continue;
    const found = record(line);
    if (!found) return { records, badLine: i + 1 };
    records.push(found);
  }
  return { records, badLine: undefined };
}
