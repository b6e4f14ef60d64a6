// Whole numbers, and ranges of them, as people write them.

const UNITS = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;
const WANT = "want numbers or ranges, as in 8,16,32 or 1..64 or 16..256+16 or 1..4K*2";
/** Numbers that a list of ranges may come to. */
export const MOST_NUMBERS = 65536;

/** A whole number, also with K, M or G (powers of 1024); undefined for any other text. */
export function wholeNumber(text: string): number | undefined {
  const [, digits, unit = ""] = /^(\d{1,15})([KMG]?)$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS];
}

/**
 * A number, or a range: `a..b`, `a..b+step`, `a..b*factor`.
 *
 * @returns its numbers, rising, of which one more than `MOST_NUMBERS` at most; or what is wrong
 */
export function readRange(text: string): { numbers: number[] } | { problem: string } {
  const [, first = "", last, sign, by] = /^(\w+)(?:\.\.(\w+)(?:([+*])(\w+))?)?$/.exec(text) ?? [];
  const [from, to, step] = [first, last ?? first, by ?? "1"].map(wholeNumber);
  const shown = JSON.stringify(text);
  if (from === undefined || to === undefined || step === undefined)
    return { problem: `${shown} is none; ${WANT}` };
  if (to < from) return { problem: `${shown} runs backwards; ${WANT}` };
  if (step < (sign === "*" ? 2 : 1) || (sign === "*" && from === 0)) {
    return { problem: `${shown} never ends; ${WANT}` };
  }
  const numbers: number[] = [];
  for (let at = from; at <= to && numbers.length <= MOST_NUMBERS; at = sign === "*" ? at * step : at + step)
    numbers.push(at);
  return { numbers };
}
