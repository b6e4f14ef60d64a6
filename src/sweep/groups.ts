// Axes that move together, and what they may come to.

import { nearest } from "../config/nearest.js";
import { quote } from "../errors.js";
import { PRESET, TRACE } from "./axes.js";
import type { Axis, AxisValue } from "./model.js";

/** The places of axes that move together, rising: one, or several that were zipped. */
export type Group = readonly number[];

/** The groups in the order of their first axes, with all that is wrong with them put to `problems`. */
export function groupsOf(
  axes: readonly Axis[],
  zip: readonly (readonly string[])[],
  problems: string[],
): Group[] {
  const paths = axes.map(({ path }) => path);
  const zipped = zip.map((group) => membersOf(group, paths, problems));
  for (const at of twice(zipped.flat()))
    problems.push(`zip: ${quote(paths[at] ?? "")} stands twice; want each axis in one group`);
  for (const group of zipped) {
    const lengths = group.map((at) => axes[at]?.values.length ?? 0);
    if (new Set(lengths).size <= 1) continue;
    const found = group.map((at, i) => `${paths[at]} has ${lengths[i]}`).join(", ");
    problems.push(`zip: ${found} values; want equally many`);
  }
  return paths.flatMap((_, at) => {
    const group = zipped.find((members) => members.includes(at)) ?? [at];
    return group[0] === at ? [group] : [];
  });
}

/** The places of a group's axes, rising. */
function membersOf(group: readonly string[], paths: readonly string[], problems: string[]): number[] {
  for (const path of group) if (!paths.includes(path)) problems.push(noAxis("zip", path, paths));
  if (group.length < 2) problems.push(`zip: ${quote(group.join(","))}; want two axes or more, as in a,b`);
  return group
    .map((path) => paths.indexOf(path))
    .filter((at) => at >= 0)
    .sort((a, b) => a - b);
}

/** What is said of a path that is no axis. */
export function noAxis(what: string, path: string, paths: readonly string[]): string {
  const guess = nearest(path, paths);
  const hint = guess ? `did you mean ${guess}?` : `axes: ${paths.join(", ")}`;
  return `${what}: ${quote(path)} is no axis; ${hint}`;
}

/** The same axes, of whose groups each step gives other values: what stands twice is left out. */
export function folded(axes: readonly Axis[], groups: readonly Group[]): Axis[] {
  const kept = groups.map((group) => distinctSteps(group.map((at) => axes[at]?.values ?? [])));
  return axes.map(({ path, values }, at) => {
    const steps = kept[groups.findIndex((group) => group.includes(at))];
    return { path, values: values.filter((_, step) => steps?.has(step)) };
  });
}

function distinctSteps(columns: readonly (readonly AxisValue[])[]): Set<number> {
  const seen = new Set<string>();
  const steps = (columns[0] ?? []).map((_, step) => step);
  const keyOf = (step: number) => JSON.stringify(columns.map((values) => values[step]));
  return new Set(steps.filter((step) => seen.size < seen.add(keyOf(step)).size));
}

/** Axes that say the same. */
export function repeated(axes: readonly Axis[]): string[] {
  const paths = axes.map(({ path }) => path.replace(/\.sets$/, ".entries"));
  return twice(paths).map((path) => {
    const both = axes.map((axis) => axis.path).filter((_, at) => paths[at] === path);
    return `axes ${[...new Set(both)].map(quote).join(" and ")} say the same; want one of them`;
  });
}

function twice<T>(items: readonly T[]): T[] {
  return [...new Set(items.filter((item, at) => items.indexOf(item) < at))];
}

/**
 * Places of the axes that change the configuration, in the order in which they must: a part before its keys, what brings
 * other options along (a policy, a format) before those, and sets behind ways.
 */
export function orderOf(axes: readonly Axis[]): number[] {
  const rank = (path: string): number => {
    const depth = 4 * path.split(".").length;
    if (path.endsWith(".sets")) return 1000 + depth;
    return /\.(policy|format)$/.test(path) ? depth : depth + 1;
  };
  return axes
    .map(({ path }, at) => ({ path, at }))
    .filter(({ path }) => path !== TRACE && path !== PRESET)
    .sort((a, b) => rank(a.path) - rank(b.path))
    .map(({ at }) => at);
}
