import type { Config, ConfigInput } from "../config/model.js";
import type { MachineStats, TlbStats } from "../engine/stats.js";
import type { ErrorCode } from "../errors.js";
import type { TraceSummary } from "../trace/summary.js";

/** What an axis may set a key to: any JSON. */
export type AxisValue =
  | string
  | number
  | boolean
  | null
  | readonly unknown[]
  | { readonly [key: string]: unknown };

/** The values that one key of the configuration takes in turn. */
export interface Axis {
  /** As `--set` takes it: `memory.frames`, `l1d.entries`; also NAME.sets, `preset`, and `trace` where there are several. */
  path: string;
  values: readonly AxisValue[];
}

/** Axes as a caller writes them: values by path, or a text of values and ranges as `--axis` takes it. */
export type SweepAxes = Readonly<Record<string, readonly AxisValue[] | string>>;

/** A point of the sweep, before it was answered. */
export interface PlannedCell {
  /** Its place among the cells, in axis order, from 0; the last axis moves fastest. */
  index: number;
  /** The axes' values, by path, in the order of the axes. */
  values: Readonly<Record<string, AxisValue>>;
  /** Which of the traces: its place among those given. */
  trace: number;
  /** The whole machine. */
  config: Config;
}

/** A combination of values that is no machine. */
export interface ImpossibleCell {
  values: Readonly<Record<string, AxisValue>>;
  problems: readonly string[];
}

/** What axes come to. */
export interface CellSpace {
  /** The traces as the first axis where there are several. */
  axes: readonly Axis[];
  /** The axes that move together, by their places: one alone, or a group that was zipped. */
  groups: readonly (readonly number[])[];
  /** The machine that the axes change; where it is none by itself, the first cell's. */
  config: Config;
  /** Combinations, before constraints leave any out. */
  combinations: number;
  /** Combinations that a constraint left out. */
  excluded: number;
  cells: readonly PlannedCell[];
  impossible: readonly ImpossibleCell[];
}

/** How a cell was answered: with others in one pass, by a replay of what a filter left, or by its own whole replay. All are exact. */
export const METHODS = ["one-pass", "filtered", "replay"] as const;
export type Method = (typeof METHODS)[number];

/** Counts of one TLB; by kinds only where the method tells them apart. */
export type CellTlb = Omit<TlbStats, "byKind"> & Partial<Pick<TlbStats, "byKind">>;

/** What one machine did with the trace: the fields of `run --json`, those that its method counts. */
export interface SweepCell {
  index: number;
  /** The axes' values, by path. */
  config: Readonly<Record<string, AxisValue>>;
  method: Method;
  accesses: number;
  /** Accesses that were not made, for nothing says where they are: `trace.unplaced` of a run. Only where there are some. */
  unplaced?: number;
  tlb: Record<string, CellTlb>;
  walk: { walks: number } & Partial<MachineStats["walk"]>;
  pages?: MachineStats["pages"];
  faults?: MachineStats["faults"];
  paging?: MachineStats["paging"];
  caches?: NonNullable<MachineStats["caches"]>;
  cycles?: MachineStats["cycles"];
  /** What ended it, where it could not be answered; its counts are 0 then. */
  error?: { code: ErrorCode; message: string };
}

/** What a trace was. Lookups hang on the machine: each cell has its own. */
export type SweepTrace = Omit<TraceSummary, "accesses" | "pageCrossings" | "unplaced">;

/** The fields of `sweep --json`. */
export interface SweepResult {
  pagewalk: string;
  schema: number;
  /** The trace; of several, each. */
  trace: SweepTrace | readonly SweepTrace[];
  /** The machine that the axes change. */
  config: Config;
  axes: readonly Axis[];
  /** In axis order. */
  cells: readonly SweepCell[];
  impossible?: readonly ImpossibleCell[];
  interrupted?: true;
  timing: { seconds: number; cells: number; byMethod: Partial<Record<Method, number>> };
}

/** What cells are made of, beside the axes. */
export interface CellChoice {
  /** The machine that the axes change; without it, the default preset's. An axis `preset` takes its place. */
  preset?: string;
  /** What lies over it, and assignments over that, as `--set` takes them. */
  config?: ConfigInput;
  set?: readonly string[];
  /** Groups of paths that move together: all of a group have as many values. */
  zip?: readonly (readonly string[])[];
  /** Conditions over paths, as `stlb.entries / stlb.ways is whole`. Cells that miss one are left out. */
  constraints?: readonly string[];
  /** Leaves out cells that are no machine, and lists them. */
  skipImpossible?: boolean;
}
