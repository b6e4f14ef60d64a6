// What is said of combinations that are no machine.

import { PagewalkError } from "../errors.js";
import { cellText } from "./axes.js";
import type { ImpossibleCell } from "./model.js";

/** Different problems that are told, and cells that are named for each. */
const MOST_PROBLEMS = 10;
const MOST_CELLS = 3;

/** Cells with the same problems are told together; every one is in `problems`. */
export function impossibleError(impossible: readonly ImpossibleCell[], combinations: number): PagewalkError {
  const all = impossible.map(({ values, problems }) => `${cellText(values)}: ${problems.join(" | ")}`);
  const want = "want other values, a constraint that leaves them out, or them skipped (--skip-impossible)";
  return new PagewalkError(
    "E_CONFIG",
    `sweep: ${impossible.length} of ${combinations} cells are no machine: ${grouped(impossible)}; ${want}`,
    {},
    all,
  );
}

/** The same for a reader: by problem, the most common first. */
export function grouped(impossible: readonly ImpossibleCell[]): string {
  const byProblem = new Map<string, ImpossibleCell[]>();
  for (const cell of impossible) {
    const key = cell.problems.join(" | ");
    const cells = byProblem.get(key);
    if (cells) cells.push(cell);
    else byProblem.set(key, [cell]);
  }
  const problems = [...byProblem].sort(([, a], [, b]) => b.length - a.length);
  const told = problems.slice(0, MOST_PROBLEMS).map(([problem, cells]) => `${problem} (${named(cells)})`);
  const others = problems.length - told.length;
  return [...told, ...(others > 0 ? [`${others} more problems`] : [])].join(" | ");
}

function named(cells: readonly ImpossibleCell[]): string {
  const shown = cells.slice(0, MOST_CELLS).map(({ values }) => cellText(values));
  const others = cells.length - shown.length;
  return `${shown.join("; ")}${others > 0 ? `; and ${others} more` : ""}`;
}

export function nothingLeft(
  combinations: number,
  excluded: number,
  impossible: readonly ImpossibleCell[],
): PagewalkError {
  const left = [
    ...(excluded > 0 ? [`${excluded} miss a constraint`] : []),
    ...(impossible.length > 0 ? [`${impossible.length} are no machine: ${grouped(impossible)}`] : []),
  ];
  return new PagewalkError(
    "E_OPTION",
    `sweep: no cell is left of ${combinations}: ${left.join(", ")}; want other axes or constraints`,
  );
}
