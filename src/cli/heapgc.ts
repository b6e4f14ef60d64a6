import { InvalidArgumentError } from "commander";
import type { GcOptions } from "../heap/gc.js";

export interface GcFlags {
  gc?: boolean;
  gcInterior?: boolean;
  gcPrecise?: boolean;
  gcLazy?: boolean;
  gcGrowth?: number;
}

/** What the flags ask of a collector; any of them asks for one. Undefined: none does. */
export function gcOf({ gc, gcInterior, gcPrecise, gcLazy, gcGrowth }: GcFlags): GcOptions | undefined {
  const given = { interior: gcInterior, precise: gcPrecise, lazy: gcLazy, growth: gcGrowth };
  const options: GcOptions = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined),
  );
  return gc || Object.keys(options).length > 0 ? options : undefined;
}

export function yesOrNo(text: string): boolean {
  if (text === "yes" || text === "no") return text === "yes";
  throw new InvalidArgumentError("want yes or no");
}

export function times(text: string): number {
  const value = /^\d{1,4}(\.\d{1,6})?$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= 1000) return value;
  throw new InvalidArgumentError("want a number from 1 to 1000, as in 1.5");
}
