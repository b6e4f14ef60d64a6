import { InvalidArgumentError } from "commander";

const UNITS = { "": 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 } as const;
const WANT = "want numbers or ranges, as in 8,16,32 or 1..64 or 16..256+16 or 1..4K*2";
/** Numbers that the ranges of an option may come to. */
const MOST = 65536;

/** A list of whole numbers and ranges: `8,16`, `a..b`, `a..b+step`, `a..b*factor`. @throws InvalidArgumentError */
export function ranges(text: string): number[] {
  const numbers = text.split(",").flatMap(range);
  if (numbers.length > MOST)
    throw new InvalidArgumentError(`${numbers.length} numbers; want ${MOST} at most`);
  return numbers;
}

/** One whole number, also with K, M or G, 1 or more. @throws InvalidArgumentError */
export function amount(text: string): number {
  const [, digits = "", unit = ""] = /^(\d{1,15})([KMG]?)$/.exec(text) ?? [];
  const value = Number(digits) * UNITS[unit as keyof typeof UNITS];
  if (value >= 1 && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("want a whole number, 1 or more, as in 5000 or 100K");
}

function range(text: string): number[] {
  const [, first = "", last, sign, by] = /^(\w+)(?:\.\.(\w+)(?:([+*])(\w+))?)?$/.exec(text) ?? [];
  const from = number(first, text);
  if (last === undefined) return [from];
  const to = number(last, text);
  const step = by === undefined ? 1 : number(by, text);
  if (to < from) throw new InvalidArgumentError(`${JSON.stringify(text)} runs backwards; ${WANT}`);
  if (step < (sign === "*" ? 2 : 1) || (sign === "*" && from === 0)) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} never ends; ${WANT}`);
  }
  const numbers: number[] = [];
  for (let at = from; at <= to && numbers.length <= MOST; at = sign === "*" ? at * step : at + step)
    numbers.push(at);
  return numbers;
}

function number(text: string, whole: string): number {
  const [, digits, unit = ""] = /^(\d{1,15})([KMG]?)$/.exec(text) ?? [];
  if (digits === undefined) throw new InvalidArgumentError(`${JSON.stringify(whole)} is none; ${WANT}`);
  return Number(digits) * UNITS[unit as keyof typeof UNITS];
}
