import type { ReplacementChoice } from "../config/replacement.js";
import { replacementNumber } from "../engine/codes.js";
import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import type { CurvePlan } from "./options.js";

/** Frames of a pool that has no bound of its own. */
const UNBOUNDED = 2 ** 32 - 1;

/** What a pool counted. @internal */
export interface PoolCounts {
  faults: number;
  evictions: number;
  writes: number;
  peak: number;
  /** Where they are expected only: their standard errors. */
  errors?: { faults: number; writes: number };
}

/** Frames under a policy: the number that the core knows them by, which is how many were opened before, and where their counts are. @internal */
export interface Pool {
  choice: ReplacementChoice;
  frames: number;
  number: number;
  counts: number;
}

/** What all pools of a curve have in common. @internal */
export type PoolPlan = Pick<CurvePlan, "pageBits" | "config">;

/** Readies a core for lookups. @throws PagewalkError `E_MEMORY` @internal */
export function openLookups(core: Core, { pageBits, config }: PoolPlan): void {
  const { modify, crossing } = config.count;
  if (!core.exports.openLookups(pageBits, modify === "once", crossing === "first")) throw tooMuch(core);
}

/** Opens a pool of `frames`, or for `ws` without bound. @throws PagewalkError `E_MEMORY` @internal */
export function openPool(
  core: Core,
  choice: ReplacementChoice,
  frames: number | undefined,
  { number, seed }: { number: number; seed: number },
): Pool {
  const kind = replacementNumber(core, choice.policy);
  const parameter = BigInt(choice.parameter);
  const counts = core.exports.addPool(kind, frames ?? UNBOUNDED, parameter, BigInt(seed)) >>> 0;
  if (!counts) throw tooMuch(core);
  return { choice, frames: frames ?? 0, number, counts };
}

/** @internal */
export function countsOf(core: Core, { counts }: Pool): PoolCounts {
  const { PoolCount } = core.enums;
  const words = core.numbers(counts, PoolCount.Length);
  const at = (word: number) => words[word] ?? 0;
  return {
    faults: at(PoolCount.Faults),
    evictions: at(PoolCount.Evictions),
    writes: at(PoolCount.DirtyEvictions) + at(PoolCount.EarlyWrites),
    peak: at(PoolCount.Peak),
  };
}

/** @internal */
export function tooMuch(core: Core): PagewalkError {
  const gib = (core.bytesUsed / 2 ** 30).toFixed(1);
  const message = `${core.exports.pageCount.value} pages under so many policies and sizes do not fit in the 4 GiB that WebAssembly can address, of which ${gib} are used; want fewer of them at once, or --limit`;
  return new PagewalkError("E_MEMORY", message);
}
