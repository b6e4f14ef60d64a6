import type { Config } from "../config/model.js";
import { type ReplacementChoice, readReplacement } from "../config/replacement.js";
import { sizeBits, sizeName } from "../config/sizes.js";
import { PagewalkError, quote } from "../errors.js";

/** What a curve is made of. */
export interface CurveChoice {
  /** Policies as people write them: `lru`, `sfifo:25`, `ws:10000`. */
  policies: readonly string[];
  /** Sizes in frames; without them, the powers of two up to the first that holds all pages. `ws` has none. */
  frames?: readonly number[];
  /** The size of every page: 4K by default. */
  pageSize?: string;
  count?: {
    /** A modify record is a load's lookup and a store's, or once, as a store. */
    modify?: "twice" | "once";
    /** A record that crosses pages looks up each, or the first only. */
    crossing?: "split" | "first";
  };
  /** What the policy `random` hangs on. */
  seed?: number;
}

/** The same, with nothing left out. */
export interface CurveConfig {
  pageSize: string;
  count: { modify: "twice" | "once"; crossing: "split" | "first" };
  seed: number;
  /** Where each point was the run of a whole machine: that machine, but for its frames and policy. */
  machine?: Config;
}

/** What a choice comes to. */
export interface CurvePlan {
  config: CurveConfig;
  pageBits: number;
  policies: ReplacementChoice[];
  /** Rising, each once. */
  frames: number[] | undefined;
}

const MOST_FRAMES = 2 ** 30;
/** Policies times sizes. */
export const MOST_POINTS = 4096;
/** log2 of the bytes of the smallest and the largest pages. */
const LEAST_BITS = 6;
const MOST_BITS = 40;

/** @throws PagewalkError `E_OPTION` with everything that is wrong */
export function planOf(choice: CurveChoice): CurvePlan {
  const { policies, frames, pageSize = "4K", count = {}, seed = 0 } = choice ?? {};
  const { modify = "twice", crossing = "split" } = count;
  const problems: string[] = [];
  if (!Array.isArray(policies) || policies.length === 0) problems.push("policies: none; want at least one");
  const read = Array.isArray(policies) ? policies.map((text) => readReplacement(String(text))) : [];
  problems.push(...read.flatMap((each) => ("problem" in each ? [`policy: ${each.problem}`] : [])));
  const chosen = read.filter((each): each is ReplacementChoice => !("problem" in each));
  if (frames?.length === 0) problems.push("frames: none; want at least one size");
  for (const size of frames ?? []) {
    if (Number.isInteger(size) && size >= 1 && size <= MOST_FRAMES) continue;
    problems.push(`frames: ${String(size)}; want whole numbers from 1 to ${MOST_FRAMES}`);
  }
  const pageBits = sizeBits(String(pageSize));
  if (pageBits === undefined || pageBits < LEAST_BITS || pageBits > MOST_BITS) {
    const range = `${sizeName(LEAST_BITS)} to ${sizeName(MOST_BITS)}`;
    problems.push(`pageSize: ${quote(String(pageSize))}; want a power of two from ${range}, as in 4K`);
  }
  oneOf("count.modify", modify, ["twice", "once"], problems);
  oneOf("count.crossing", crossing, ["split", "first"], problems);
  if (!Number.isSafeInteger(seed) || seed < 0) {
    problems.push(`seed: ${String(seed)}; want a whole number, 0 or more`);
  }
  const points = chosen.length * new Set(frames).size;
  if (points > MOST_POINTS) problems.push(`${points} points; want at most ${MOST_POINTS} at once`);
  if (problems.length > 0) {
    throw new PagewalkError("E_OPTION", `curve: ${problems.join("; ")}`, {}, problems);
  }
  return {
    config: { pageSize, count: { modify, crossing }, seed },
    pageBits: pageBits ?? 0,
    policies: [...new Map(chosen.map((each) => [each.text, each])).values()],
    frames: frames && [...new Set(frames)].sort((a, b) => a - b),
  };
}

function oneOf(path: string, value: unknown, wanted: readonly string[], problems: string[]): void {
  if (!wanted.includes(String(value))) {
    problems.push(`${path}: ${quote(String(value))}; want ${wanted.join(" or ")}`);
  }
}

/** The powers of two up to the first that is as large. @internal */
export function powersUpTo(most: number): number[] {
  const powers = [1];
  for (let size = 2; size < 2 * most; size *= 2) powers.push(size);
  return powers;
}
