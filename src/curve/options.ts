import type { Config } from "../config/model.js";
import { type ReplacementChoice, readReplacement } from "../config/replacement.js";
import { sizeBits, sizeName } from "../config/sizes.js";
import { JOBS } from "../crew/jobs.js";
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
  /** What the policy `random` hangs on, and which pages `shards` chooses. */
  seed?: number;
  /** The curve of lru from this share of the pages alone, with its expected error: for traces of very many pages. */
  shards?: number;
  /** Also the size of the working set against its window. */
  workingSet?: boolean;
  /** Its windows in lookups, which ask for it too; without them, the powers of two up to the length of the trace. */
  windows?: readonly number[];
  /** Worker threads at most, where they pay; all cores without it. The result is the same with any number. */
  jobs?: number;
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
  shards: number | undefined;
  /** The windows of working sets, rising, each once, or "all" powers of two. */
  windows: number[] | "all" | undefined;
  jobs: number | undefined;
}

const MOST_FRAMES = 2 ** 30;
const MOST_WINDOWS = 256;
/** The smallest share of pages. */
const LEAST_RATE = 2 ** -20;
/** Policies times sizes. */
export const MOST_POINTS = 4096;
/** log2 of the bytes of the smallest and the largest pages. */
const LEAST_BITS = 6;
const MOST_BITS = 40;

/** @throws PagewalkError `E_OPTION` with everything that is wrong */
export function planOf(choice: CurveChoice): CurvePlan {
  const {
    policies,
    frames,
    pageSize = "4K",
    count = {},
    seed = 0,
    shards,
    workingSet,
    windows,
    jobs,
  } = choice ?? {};
  const { modify = "twice", crossing = "split" } = count;
  const problems: string[] = [];
  if (!Array.isArray(policies) || policies.length === 0) problems.push("policies: none; want at least one");
  const read = Array.isArray(policies) ? policies.map((text) => readReplacement(String(text))) : [];
  problems.push(...read.flatMap((each) => ("problem" in each ? [`policy: ${each.problem}`] : [])));
  const chosen = read.filter((each): each is ReplacementChoice => !("problem" in each));
  if (windows?.length === 0) problems.push("windows: none; want at least one");
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
  if (jobs !== undefined && !JOBS.is(jobs)) problems.push(`jobs: ${String(jobs)}; want ${JOBS.want}`);
  problems.push(...problemsOfShards(choice ?? {}, chosen), ...problemsOfWindows(choice ?? {}));
  const points = chosen.length * new Set(frames).size;
  if (points > MOST_POINTS) problems.push(`${points} points; want at most ${MOST_POINTS} at once`);
  if (problems.length > 0) {
    throw new PagewalkError("E_OPTION", `curve: ${problems.join("; ")}`, {}, problems);
  }
  return {
    config: { pageSize, count: { modify, crossing }, seed },
    pageBits: pageBits ?? 0,
    policies: [...new Map(chosen.map((each) => [each.text, each])).values()],
    frames: frames && rising(frames),
    shards,
    windows: windows ? rising(windows) : workingSet ? "all" : undefined,
    jobs,
  };
}

function rising(numbers: readonly number[]): number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function problemsOfShards(choice: Partial<CurveChoice>, policies: readonly ReplacementChoice[]): string[] {
  const { shards, frames = [], workingSet, windows } = choice;
  if (shards === undefined) return [];
  if (!(shards >= LEAST_RATE && shards <= 1)) {
    return [`shards: ${String(shards)}; want a share of the pages, from 2^-20 to 1, as in 0.01`];
  }
  const problems: string[] = [];
  const others = policies.filter(({ policy }) => policy !== "lru").map(({ text }) => text);
  if (others.length > 0)
    problems.push(`shards: a sample has the curve of lru only; want no ${others.join(", ")}`);
  if (workingSet || windows)
    problems.push("shards: a working set is one of all lookups; want one or the other");
  const least = Math.ceil(1 / shards);
  const small = frames.filter((size) => size < least);
  if (small.length > 0) {
    problems.push(`frames: ${small.join(", ")}; of a share of ${shards} of the pages want ${least} or more`);
  }
  return problems;
}

function problemsOfWindows({ windows = [] }: Partial<CurveChoice>): string[] {
  const wrong = windows.filter((tau) => !(Number.isSafeInteger(tau) && tau >= 1));
  const problems = wrong.map((tau) => `windows: ${String(tau)}; want whole numbers of lookups, 1 or more`);
  const number = new Set(windows).size;
  if (number > MOST_WINDOWS)
    problems.push(`windows: ${number} of them; want at most ${MOST_WINDOWS} at once`);
  return problems;
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

/** What the curve of a policy is called: points of `ws` are of one, whatever their TAU. @internal */
export function curveName({ policy, text }: ReplacementChoice): string {
  return policy === "ws" ? "ws" : text;
}
