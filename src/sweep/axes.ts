// Axes as people write them: values by path.

import { isSizeKey, sizeText } from "../config/sizes.js";
import { PagewalkError, quote } from "../errors.js";
import { MOST_NUMBERS, readRange, wholeNumber } from "../ranges.js";
import type { Axis, AxisValue, SweepAxes } from "./model.js";

/** The axis of the traces, where there are several, and that of the machines that the others change. */
export const TRACE = "trace";
export const PRESET = "preset";

const PATH = /^[A-Za-z][\w-]*(\.[A-Za-z][\w-]*)*$/;
/** Levels of brackets in a value. */
const MOST_DEPTH = 64;

/** `PATH=VALUES` as `--axis` takes it, cut in two. @throws PagewalkError `E_OPTION` */
export function splitAxis(text: string): [path: string, values: string] {
  const equals = text.indexOf("=");
  if (equals >= 1) return [text.slice(0, equals).trim(), text.slice(equals + 1)];
  throw new PagewalkError(
    "E_OPTION",
    `--axis ${quote(text)}: want PATH=VALUES, as in l1d.entries=16,32 or l1d.ways=1..16*2`,
  );
}

/** The axes, with all that is wrong with them put to `problems`. */
export function readAxes(axes: SweepAxes, problems: string[]): Axis[] {
  if (typeof axes !== "object" || axes === null || Array.isArray(axes)) {
    problems.push("axes: want an object of values by path");
    return [];
  }
  return Object.entries(axes).map(([path, given]) => {
    const problem = (what: string) => problems.push(`axis ${quote(path)}: ${what}`);
    if (!PATH.test(path)) problem("no path; want one as in l1d.entries or memory.frames");
    else if (path === TRACE) problem("the traces are an axis by themselves where there are several");
    const values = typeof given === "string" ? readValues(path, given, problem) : givenValues(given, problem);
    return { path, values };
  });
}

/**
 * Values as text: a list of JSON, texts and ranges (`a..b`, `a..b+step`, `a..b*factor`). K, M and G in ranges, and in numbers by
 * themselves, are powers of 1024; of keys whose value is a size by its name they stay what they are.
 */
function readValues(path: string, text: string, problem: (what: string) => void): AxisValue[] {
  const values = listItems(text).flatMap((item) => readItem(path, item, problem));
  if (values.length > MOST_NUMBERS) problem(`more than ${MOST_NUMBERS} values; want that many at most`);
  return values.slice(0, MOST_NUMBERS);
}

function readItem(path: string, item: string, problem: (what: string) => void): AxisValue[] {
  if (item === "") {
    problem('an empty value; want values between commas, as in 16,32, or ""');
    return [];
  }
  try {
    return [JSON.parse(item)];
  } catch (thrown) {
    if (/^[[{"]/.test(item)) {
      problem(`${quote(item)}: not JSON: ${(thrown as Error).message}`);
      return [];
    }
  }
  const sizes = isSizeKey(path);
  if (!item.includes("..")) return [sizes ? item : (wholeNumber(item) ?? item)];
  const range = readRange(item);
  if ("numbers" in range) return sizes ? range.numbers.map(sizeText) : range.numbers;
  problem(range.problem);
  return [];
}

/** The parts of a list, cut at its commas but for those in JSON's brackets and quotes. */
export function listItems(text: string): string[] {
  const items: string[] = [];
  let start = 0;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at] ?? "";
    if (quoted && character === "\\") at++;
    else if (character === '"' && (quoted || depth > 0 || text.slice(start, at).trim() === ""))
      quoted = !quoted;
    else if (quoted) continue;
    else if ("[{".includes(character)) depth++;
    else if ("]}".includes(character)) depth--;
    else if (character === "," && depth <= 0) {
      items.push(text.slice(start, at).trim());
      start = at + 1;
    }
  }
  items.push(text.slice(start).trim());
  return items;
}

/** Values as a program gives them, copied. */
function givenValues(given: unknown, problem: (what: string) => void): AxisValue[] {
  if (!Array.isArray(given)) {
    problem("want a list of values, or a text of values and ranges");
    return [];
  }
  if (given.length === 0) problem("no values; want one at least");
  if (given.length > MOST_NUMBERS) problem(`${given.length} values; want ${MOST_NUMBERS} at most`);
  return given.slice(0, MOST_NUMBERS).flatMap((value, at): AxisValue[] => {
    if (isJson(value, 0)) return [structuredClone(value)];
    problem(`value ${at + 1} is no JSON; want a number, a text, true, false, null, a list or an object`);
    return [];
  });
}

function isJson(value: unknown, depth: number): value is AxisValue {
  if (typeof value === "number") return Number.isFinite(value);
  if (value === null || typeof value === "string" || typeof value === "boolean") return true;
  if (typeof value !== "object" || depth > MOST_DEPTH) return false;
  const plain = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return plain && Object.values(value).every((part) => isJson(part, depth + 1));
}

/** A value as a report shows it. */
export function valueText(value: AxisValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Characters of a value in a combination. */
const MOST_SHOWN = 40;

/** A combination as one would write it: `l1d.entries=16, l1d.ways=4`; long values are cut. */
export function cellText(values: Readonly<Record<string, AxisValue>>): string {
  return Object.entries(values)
    .map(([path, value]) => {
      const text = valueText(value);
      return `${path}=${text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text}`;
    })
    .join(", ");
}
