// What cells come to beside each other, by one metric of which less is better.

import { metricOf } from "./metric.js";
import type { Axis, AxisValue, SweepCell } from "./model.js";

type Group = readonly number[];

/** Cells that have the metric, the least first; of equals, that which comes first. */
export function ranked(cells: readonly SweepCell[], metric: string): SweepCell[] {
  return cells
    .flatMap((cell) => {
      const value = metricOf(cell, metric);
      return value === undefined ? [] : [{ cell, value }];
    })
    .sort((a, b) => a.value - b.value || a.cell.index - b.cell.index)
    .map(({ cell }) => cell);
}

/** A cell of the front: no other has as little of both, and less of one. */
export interface FrontCell {
  cell: number;
  cost: number;
  metric: number;
}

/** The cells that no other beats, by rising cost. Of those alike, the first. */
export function paretoFront(
  cells: readonly SweepCell[],
  metric: string,
  costOf: (cell: SweepCell) => number | undefined,
): FrontCell[] {
  const points = cells.flatMap((cell) => {
    const [cost, value] = [costOf(cell), metricOf(cell, metric)];
    return cost === undefined || value === undefined ? [] : [{ cell: cell.index, cost, metric: value }];
  });
  points.sort((a, b) => a.cost - b.cost || a.metric - b.metric || a.cell - b.cell);
  let least = Number.POSITIVE_INFINITY;
  return points.filter(({ metric }) => {
    const isBetter = metric < least;
    if (isBetter) least = metric;
    return isBetter;
  });
}

/** Each cell's metric over that of the cell with the baseline's values, all else equal; by the cell's index. */
export function relative(
  cells: readonly SweepCell[],
  metric: string,
  baseline: Readonly<Record<string, AxisValue>>,
  axes: readonly Axis[],
  groups: readonly Group[],
): Map<number, number> {
  const fixed = Object.entries(baseline);
  const free = pathsOf(
    groups.filter((group) => !group.some((at) => Object.hasOwn(baseline, axes[at]?.path ?? ""))),
    axes,
  );
  const bases = new Map<string, number>();
  for (const cell of cells) {
    const key = keyOf(cell, free);
    const fits = fixed.every(([path, value]) => same(cell.config[path], value));
    const value = metricOf(cell, metric);
    if (fits && value !== undefined && !bases.has(key)) bases.set(key, value);
  }
  const ratios = cells.flatMap((cell): [number, number][] => {
    const [base, value] = [bases.get(keyOf(cell, free)), metricOf(cell, metric)];
    return base === undefined || value === undefined || base === 0 ? [] : [[cell.index, value / base]];
  });
  return new Map(ratios);
}

/** How the metric moves when one axis (or group that was zipped) moves and no other does. */
export interface Sensitivity {
  axes: readonly string[];
  /** Rows of two cells or more that differ in this axis alone. */
  rows: number;
  /** The largest metric of a row over its smallest: the mean of all rows (geometric), and the largest. Null without such rows. */
  mean: number | null;
  largest: number | null;
  /** Rows that go from 0 to more, of which there is no ratio. */
  fromZero: number;
}

/** By axis, the one that moves the metric most first. */
export function sensitivities(
  cells: readonly SweepCell[],
  metric: string,
  axes: readonly Axis[],
  groups: readonly Group[],
): Sensitivity[] {
  return groups
    .map((group) => {
      const others = pathsOf(
        groups.filter((other) => other !== group),
        axes,
      );
      return { axes: pathsOf([group], axes), ...spread(rowsOf(cells, metric, others)) };
    })
    .sort((a, b) => (b.mean ?? 0) - (a.mean ?? 0));
}

/** The metrics of cells that are alike in some axes, row by row. */
function rowsOf(cells: readonly SweepCell[], metric: string, alike: readonly string[]): number[][] {
  const rows = new Map<string, number[]>();
  for (const cell of cells) {
    const value = metricOf(cell, metric);
    if (value === undefined) continue;
    const key = keyOf(cell, alike);
    const row = rows.get(key);
    if (row) row.push(value);
    else rows.set(key, [value]);
  }
  return [...rows.values()].filter((row) => row.length > 1);
}

function spread(rows: readonly (readonly number[])[]): Omit<Sensitivity, "axes"> {
  const ends = rows.map((row) => [
    row.reduce((a, b) => Math.min(a, b)),
    row.reduce((a, b) => Math.max(a, b)),
  ]);
  const ratios = ends.flatMap(([least = 0, most = 0]) => (least > 0 ? [most / least] : most > 0 ? [] : [1]));
  const logs = ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0);
  const some = ratios.length > 0;
  return {
    rows: rows.length,
    mean: some ? Math.exp(logs / ratios.length) : null,
    largest: some ? ratios.reduce((a, b) => Math.max(a, b)) : null,
    fromZero: rows.length - ratios.length,
  };
}

/** The best of all cells with a value of one axis and of another; undefined where there is none. */
export function leastOf(
  cells: readonly SweepCell[],
  metric: string,
  down: Axis,
  across: Axis,
): (number | undefined)[][] {
  const best = new Map<string, number>();
  for (const cell of cells) {
    const value = metricOf(cell, metric);
    if (value === undefined) continue;
    const key = keyOf(cell, [down.path, across.path]);
    best.set(key, Math.min(value, best.get(key) ?? value));
  }
  return down.values.map((row) => across.values.map((column) => best.get(JSON.stringify([row, column]))));
}

function pathsOf(groups: readonly Group[], axes: readonly Axis[]): string[] {
  return groups.flat().map((at) => axes[at]?.path ?? "");
}

function keyOf({ config }: SweepCell, paths: readonly string[]): string {
  return JSON.stringify(paths.map((path) => config[path]));
}

function same(a: AxisValue | undefined, b: AxisValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
