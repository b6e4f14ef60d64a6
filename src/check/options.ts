import type { CheckerOptions } from "../engine/checker.js";
import { PagewalkError } from "../errors.js";
import type { SessionOptions } from "./session.js";

export const LEAK_CHECKS = ["no", "summary", "full"] as const;
export type LeakCheck = (typeof LEAK_CHECKS)[number];
export const UNMAPPED = ["auto", "error", "ignore"] as const;
/** What accesses outside of blocks, frames and mappings are. */
export type Unmapped = (typeof UNMAPPED)[number];

/** How a heap is checked. */
export interface CheckConfig {
  /** Bytes kept free on both sides of a block: 16 or more, a multiple of 16 (16). */
  redzone?: number;
  /** Bytes of freed blocks that are remembered (20,000,000). */
  quarantine?: number;
  /** Live bytes at most (2^30). */
  heapLimit?: number;
  /** Bytes of a stack at most (8 MiB). */
  stackSize?: number;
  /** Whether loads of bytes that nobody wrote are errors: by default those of blocks and frames that the trace names itself. */
  uninitialised?: boolean;
  /**
   * Accesses outside of blocks, frames and mappings: errors, none, or (`auto`) errors where the trace has blocks by name, frames or mappings, and no block
   * at the address of a traced program.
   */
  unmapped?: Unmapped;
}

const CHECK_DEFAULTS = {
  redzone: 16,
  quarantine: 20_000_000,
  heapLimit: 2 ** 30,
  stackSize: 8 * 2 ** 20,
  unmapped: "auto",
} as const satisfies CheckConfig;

/** The names of `CheckConfig`. @internal */
export const CHECK_NAMES = [...Object.keys(CHECK_DEFAULTS), "uninitialised"];

/** What a check is made with. @throws PagewalkError `E_OPTION` @internal */
export function checkerOptions(given: CheckConfig): { config: SessionOptions; checking: CheckerOptions } {
  const { heapLimit: limit, quarantine, ...config } = checkConfig(given);
  const { uninitialised } = given;
  const isWrong = uninitialised !== undefined && typeof uninitialised !== "boolean";
  if (isWrong) throw wrong("uninitialised", uninitialised, "true or false");
  const checks = { ownUndefined: uninitialised ?? true, capturedUndefined: uninitialised ?? false };
  return {
    config: { ...config, limit },
    checking: { redzone: config.redzone, quarantine, limit, ...checks },
  };
}

function checkConfig(config: CheckConfig): Required<Omit<CheckConfig, "uninitialised">> {
  const { redzone, quarantine, heapLimit, stackSize, unmapped } = { ...CHECK_DEFAULTS, ...defined(config) };
  bytes("redzone", redzone, 16, 2 ** 20);
  if (redzone % 16 !== 0) throw wrong("redzone", redzone, "a multiple of 16");
  bytes("quarantine", quarantine, 0, 2 ** 40);
  bytes("heapLimit", heapLimit, 0, 2 ** 30);
  bytes("stackSize", stackSize, 4096, 2 ** 32);
  if (!UNMAPPED.includes(unmapped)) throw wrong("unmapped", unmapped, `one of ${UNMAPPED.join(", ")}`);
  return { redzone, quarantine, heapLimit, stackSize, unmapped };
}

/** @throws PagewalkError `E_OPTION` @internal */
export function leakCheckOf(leakCheck: LeakCheck = "full"): LeakCheck {
  if (LEAK_CHECKS.includes(leakCheck)) return leakCheck;
  throw wrong("leakCheck", leakCheck, `one of ${LEAK_CHECKS.join(", ")}`);
}

/** What is not undefined of it. */
function defined(config: CheckConfig): CheckConfig {
  return Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
}

function bytes(name: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return;
  throw wrong(name, value, `a whole number of bytes from ${least} to ${most}`);
}

function wrong(name: string, value: unknown, want: string): PagewalkError {
  return new PagewalkError("E_OPTION", `${name}: ${String(value)}; want ${want}`);
}
