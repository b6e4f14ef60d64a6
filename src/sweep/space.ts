// Axes, constraints and a machine: which cells there are.

import { assign, assignValue, noSuchPath, valueAt } from "../config/assign.js";
import { type Config, DEFAULT_PRESET, DEFAULTS } from "../config/model.js";
import { layered, presetNamed } from "../config/resolve.js";
import { Resolver } from "../config/resolver.js";
import { PagewalkError, quote } from "../errors.js";
import { cellText, PRESET, readAxes, TRACE } from "./axes.js";
import { type Constraint, parseConstraint } from "./constraint.js";
import { folded, type Group, groupsOf, orderOf, repeated } from "./groups.js";
import { impossibleError, nothingLeft } from "./impossible.js";
import type {
  Axis,
  AxisValue,
  CellChoice,
  CellSpace,
  ImpossibleCell,
  PlannedCell,
  SweepAxes,
} from "./model.js";

type Json = Record<string, unknown>;
type Values = Readonly<Record<string, AxisValue>>;

/** Combinations that are gone through at most. */
const MOST_COMBINATIONS = 10_000_000;

/** What is chosen, before any cell is made. */
interface Plan {
  axes: readonly Axis[];
  groups: readonly Group[];
  combinations: number;
  constraints: readonly Constraint[];
  /** The machines to start from, by the values of the axis `preset`; and the one where there is none. */
  bases: ReadonlyMap<AxisValue, Json>;
  base: Json;
  /** What `trace` and `preset` are where they are no axes. */
  names: Readonly<Record<string, string | undefined>>;
  resolver: Resolver;
}

/** How many combinations the axes have, before constraints leave any out. @throws PagewalkError as `spaceOf` does */
export function combinationsOf(traces: readonly string[], axes: SweepAxes, choice: CellChoice = {}): number {
  return planOf(traces, axes, choice).combinations;
}

/**
 * Every cell, in axis order.
 *
 * @param traces their names, which are the first axis where there are several
 * @throws PagewalkError `E_OPTION` with everything that is wrong with axes, groups and constraints, or where no cell is left;
 *   `E_CONFIG` for cells that are no machine, all of them, unless they are to be skipped
 */
export function spaceOf(traces: readonly string[], axes: SweepAxes, choice: CellChoice = {}): CellSpace {
  const plan = planOf(traces, axes, choice);
  const { combinations } = plan;
  const order = orderOf(plan.axes);
  const traceAxis = plan.axes.findIndex(({ path }) => path === TRACE);
  // Machines of another trace are the same, where that axis moves alone.
  const isAlone = plan.groups.some((group) => group.length === 1 && group[0] === traceAxis);
  const machines = isAlone ? combinations / traces.length : combinations;
  const made: Machine[] = [];
  const cells: PlannedCell[] = [];
  const impossible: ImpossibleCell[] = [];
  for (let at = 0; at < combinations; at++) {
    const steps = stepsAt(at, plan);
    const values = Object.fromEntries(
      plan.axes.map(({ path, values }, axis) => [path, values[steps[axis] ?? 0] ?? null]),
    );
    const machine = made[at % machines] ?? machineOf(values, plan, order);
    if (isAlone) made[at % machines] = machine;
    if (machine.merged && plan.constraints.length > 0 && !meetsAll(plan, machine, values)) continue;
    const { config } = machine;
    if (config) cells.push({ index: cells.length, values, trace: steps[traceAxis] ?? 0, config });
    else impossible.push({ values, problems: machine.problems });
  }
  const excluded = combinations - cells.length - impossible.length;
  if (impossible.length > 0 && !choice.skipImpossible) throw impossibleError(impossible, combinations);
  const [first] = cells;
  if (!first) throw nothingLeft(combinations, excluded, impossible);
  const config = new Machine(plan.resolver, () => plan.base).config ?? first.config;
  return { axes: plan.axes, groups: plan.groups, config, combinations, excluded, cells, impossible };
}

function planOf(traces: readonly string[], given: SweepAxes, choice: CellChoice): Plan {
  const problems = choiceProblems(choice);
  if (problems.length > 0) throw new PagewalkError("E_OPTION", `sweep: ${problems.join("; ")}`, {}, problems);
  const own = readAxes(given, problems);
  const axes = traces.length > 1 ? [{ path: TRACE, values: traces }, ...own] : own;
  if (new Set(traces).size < traces.length)
    problems.push(`traces: ${traces.map(quote).join(", ")}; want each once`);
  if (axes.length === 0) problems.push("no axis; want one at least, as in l1d.entries=16,32,64");
  problems.push(...repeated(axes));
  const groups = groupsOf(axes, choice.zip ?? [], problems);
  const constraints = (choice.constraints ?? []).flatMap((text) =>
    tried(() => [parseConstraint(text)], [], problems),
  );
  const base = baseOf(choice.preset, choice);
  const presets = axes.find(({ path }) => path === PRESET)?.values ?? [];
  const bases = new Map(
    presets.map((name) => [name, tried(() => baseOf(String(name), choice), base, problems)]),
  );
  const distinct = folded(axes, groups);
  const combinations = groups.reduce((product, group) => product * lengthOf(group, distinct), 1);
  if (combinations > MOST_COMBINATIONS)
    problems.push(`${combinations} combinations; want ${MOST_COMBINATIONS} at most`);
  if (problems.length > 0) throw new PagewalkError("E_OPTION", `sweep: ${problems.join("; ")}`, {}, problems);
  const names = { [TRACE]: traces[0], [PRESET]: choice.preset ?? DEFAULT_PRESET };
  const resolver = new Resolver();
  return { axes: distinct, groups, combinations, constraints, bases, base, names, resolver };
}

/** What a program gave in place of lists and texts. */
function choiceProblems({ zip = [], constraints = [], set = [], preset = "" }: CellChoice): string[] {
  const areTexts = (list: unknown) => Array.isArray(list) && list.every((text) => typeof text === "string");
  return [
    ...(Array.isArray(zip) && zip.every(areTexts) ? [] : ["zip: want a list of lists of paths"]),
    ...(areTexts(constraints) ? [] : ["constraints: want a list of texts"]),
    ...(areTexts(set) ? [] : ["set: want a list of texts"]),
    ...(typeof preset === "string" ? [] : ["preset: want a preset's name"]),
  ];
}

function tried<T>(make: () => T, otherwise: T, problems: string[]): T {
  try {
    return make();
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    problems.push(...thrown.problems);
    return otherwise;
  }
}

function baseOf(preset: string | undefined, { config = {}, set = [] }: CellChoice): Json {
  return set.reduce(assign, layered(DEFAULTS, presetNamed(preset), config));
}

/** Of each axis, the place of its value in a combination. The last group moves fastest. */
function stepsAt(combination: number, { axes, groups }: Plan): number[] {
  const steps = new Array<number>(axes.length).fill(0);
  let rest = combination;
  for (const group of [...groups].reverse()) {
    const length = lengthOf(group, axes);
    const step = rest % length;
    rest = (rest - step) / length;
    for (const at of group) steps[at] = step;
  }
  return steps;
}

function lengthOf(group: Group, axes: readonly Axis[]): number {
  return axes[group[0] ?? 0]?.values.length ?? 0;
}

/** A machine that is made when it is asked for. */
class Machine {
  /** Its layers; undefined where a value could not be put there. */
  readonly merged: Json | undefined;
  problems: readonly string[] = [];
  private made: Config | undefined;

  private readonly resolver: Resolver;

  constructor(resolver: Resolver, merge: () => Json) {
    this.resolver = resolver;
    this.merged = this.without(merge);
  }

  /** The whole configuration; undefined where it is no machine, and `problems` say why. */
  get config(): Config | undefined {
    const { merged } = this;
    if (merged && !this.made && this.problems.length === 0)
      this.made = this.without(() => this.resolver.resolve(merged));
    return this.made;
  }

  /** The value at a path, of what was left out its default. @throws PagewalkError `E_CONFIG` for a path that names nothing */
  valueAt(path: string): unknown {
    const { merged = {} } = this;
    const value = valueAt(merged, path) ?? valueAt(this.config ?? {}, path);
    if (value === undefined) throw noSuchPath(path, merged);
    return value;
  }

  private without<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError)) throw thrown;
      this.problems = thrown.problems;
      return undefined;
    }
  }
}

function machineOf(values: Values, { axes, bases, base, resolver }: Plan, order: readonly number[]): Machine {
  const from = bases.get(values[PRESET] ?? "") ?? base;
  return new Machine(resolver, () =>
    order.reduce((merged, at) => {
      const path = axes[at]?.path ?? "";
      return assignValue(merged, path, values[path]);
    }, from),
  );
}

/** Whether a cell meets every constraint; one that is no machine does where a constraint cannot be told. */
function meetsAll(plan: Plan, machine: Machine, values: Values): boolean {
  const at = (path: string) =>
    path === TRACE || path === PRESET ? (values[path] ?? plan.names[path]) : machine.valueAt(path);
  try {
    return plan.constraints.every((constraint) => constraint.holds(at));
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    if (machine.problems.length > 0) return true;
    throw new PagewalkError("E_OPTION", `${thrown.message}; in the cell ${cellText(values)}`, thrown.at);
  }
}
