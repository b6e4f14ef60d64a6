// What is asked of the cells of a sweep, beside their figures.

import { PagewalkError, quote } from "../errors.js";
import { TRACE, valueText } from "./axes.js";
import { noAxis } from "./groups.js";
import { checkMetric, DEFAULT_METRIC } from "./metric.js";
import type { Axis, AxisValue, CellSpace, SweepCell } from "./model.js";
import {
  type FrontCell,
  leastOf,
  paretoFront,
  ranked,
  relative,
  type Sensitivity,
  sensitivities,
} from "./ranking.js";
import { type Cost, costOf } from "./storage.js";

export interface AnalysisChoice {
  /** The metric, of which less is better: a path of a cell. */
  by?: string;
  /** Cells to name, the best first. */
  best?: number;
  /** Values of axes; each cell is held against the one that has these, and its own of the other axes. */
  baseline?: Readonly<Record<string, AxisValue>>;
  pareto?: Cost;
  sensitivity?: boolean;
  /** Two axes: down, and across. */
  heatmap?: readonly [string, string];
}

/** Cells are named by their `index`. Of several traces, each has a part of its own: cells of two are not held against each other. */
export interface Analysis {
  by: string;
  traces: readonly TraceAnalysis[];
  /** One; of several traces one each, unless the traces are an axis of it. */
  heatmaps?: readonly HeatMap[];
  /** Each cell's metric over that of the baseline; null where there is none, or it is 0. */
  relative?: readonly { cell: number; ratio: number | null }[];
  sensitivity?: readonly Sensitivity[];
}

export interface TraceAnalysis {
  trace?: AxisValue;
  best: readonly number[];
  pareto?: { cost: Cost; front: readonly FrontCell[] };
}

/** Rows are values of the first axis, columns of the second; the least of all other axes, null where no cell has the metric. */
export interface HeatMap {
  /** Where it is of one of several. */
  trace?: AxisValue;
  axes: readonly [string, string];
  least: readonly (readonly (number | null)[])[];
}

/** Refuses what cannot be told of these cells, before any is answered. @throws PagewalkError `E_OPTION` with everything that is wrong */
export function checkAnalysis(choice: AnalysisChoice, space: CellSpace): void {
  const problems: string[] = [];
  try {
    checkMetric(choice.by ?? DEFAULT_METRIC, space);
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    problems.push(...thrown.problems);
  }
  const axisOf = (what: string, path: string) => {
    const axis = space.axes.find((axis) => axis.path === path);
    const paths = space.axes.map((axis) => axis.path);
    if (!axis) problems.push(noAxis(what, path, paths));
    return axis;
  };
  for (const [path, value] of Object.entries(choice.baseline ?? {})) {
    const axis = axisOf("baseline", path);
    if (!axis || axis.values.some((each) => JSON.stringify(each) === JSON.stringify(value))) continue;
    const values = axis.values.map(valueText).join(", ").slice(0, 200);
    problems.push(`baseline: ${path}=${valueText(value)} is no value of the axis; want one of ${values}`);
  }
  for (const path of choice.heatmap ?? []) axisOf("heatmap", path);
  if (choice.heatmap && choice.heatmap[0] === choice.heatmap[1])
    problems.push(`heatmap: ${quote(choice.heatmap.join(","))}; want two axes`);
  if (problems.length > 0) throw new PagewalkError("E_OPTION", `sweep: ${problems.join("; ")}`, {}, problems);
}

/** @param cells those that were answered, in axis order */
export function analysisOf(cells: readonly SweepCell[], space: CellSpace, choice: AnalysisChoice): Analysis {
  const { axes, groups } = space;
  const { by = DEFAULT_METRIC, baseline, sensitivity, heatmap } = choice;
  const parts = partsOf(cells, space);
  const ratios = baseline && relative(cells, by, baseline, axes, groups);
  return {
    by,
    traces: parts.map(({ cells, ...trace }) => ({ ...trace, ...ofTrace(cells, space, choice) })),
    ...(heatmap
      ? { heatmaps: heatmapsOf(heatmap.includes(TRACE) ? [{ cells }] : parts, by, heatmap, axes) }
      : {}),
    ...(ratios
      ? { relative: cells.map(({ index }) => ({ cell: index, ratio: ratios.get(index) ?? null })) }
      : {}),
    ...(sensitivity ? { sensitivity: sensitivities(cells, by, axes, groups) } : {}),
  };
}

interface Part {
  trace?: AxisValue;
  cells: readonly SweepCell[];
}

/** The cells of each trace, where there are several. */
function partsOf(cells: readonly SweepCell[], { axes }: CellSpace): Part[] {
  const traces = axes.find(({ path }) => path === TRACE)?.values;
  if (!traces) return [{ cells }];
  return traces.map((trace) => ({ trace, cells: cells.filter(({ config }) => config[TRACE] === trace) }));
}

function ofTrace(
  cells: readonly SweepCell[],
  space: CellSpace,
  { by = DEFAULT_METRIC, best, pareto }: AnalysisChoice,
): Omit<TraceAnalysis, "trace"> {
  const costs = ({ index }: SweepCell) => {
    const config = space.cells[index]?.config;
    return pareto && config && costOf(config, pareto);
  };
  const first = ranked(cells, by).slice(0, best);
  return {
    best: first.map(({ index }) => index),
    ...(pareto ? { pareto: { cost: pareto, front: paretoFront(cells, by, costs) } } : {}),
  };
}

function heatmapsOf(
  parts: readonly Part[],
  by: string,
  paths: readonly [string, string],
  axes: readonly Axis[],
): HeatMap[] {
  const [down, across] = paths.map((path) => axes.find((axis) => axis.path === path));
  if (!down || !across) return [];
  return parts.map(({ cells, ...trace }) => ({
    ...trace,
    axes: paths,
    least: leastOf(cells, by, down, across).map((row) => row.map((value) => value ?? null)),
  }));
}
