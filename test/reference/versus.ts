// A machine against the oracle: both replay a trace, and every count of theirs must be the same.

import {
  type CompiledCore,
  type ConfigInput,
  Machine,
  type MachineStats,
  replay,
  resolveConfig,
} from "pagewalk";
import { Oracle } from "../oracle/machine.js";
import { comparable } from "../oracle/stats.js";
import type { Stream } from "./stream.js";

export interface Outcome {
  stats: MachineStats;
  /** The first count that differs, and both values; null of none. */
  difference: string | null;
}

export async function versus(input: ConfigInput, stream: Stream, module?: CompiledCore): Promise<Outcome> {
  const config = resolveConfig(input);
  const machine = await Machine.create(config, module ? { module } : {});
  await replay(machine, stream.open());
  const oracle = new Oracle(config);
  oracle.replay(stream.items());
  const stats = machine.stats();
  return { stats, difference: differenceOf(comparable(stats, config), comparable(oracle.stats(), config)) };
}

/** Where two values first differ: a path, and what the machine and the oracle have there. */
export function differenceOf(machine: unknown, oracle: unknown, path = ""): string | null {
  if (Object.is(machine, oracle)) return null;
  if (!isObject(machine) || !isObject(oracle)) {
    return `${path}: ${JSON.stringify(machine)}, oracle ${JSON.stringify(oracle)}`;
  }
  for (const key of new Set([...Object.keys(machine), ...Object.keys(oracle)])) {
    const found = differenceOf(machine[key], oracle[key], path ? `${path}.${key}` : key);
    if (found !== null) return found;
  }
  return null;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
