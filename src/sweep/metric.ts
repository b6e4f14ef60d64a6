// Figures of a cell by their paths: `walk.walks`, `tlb.l1d.misses`, `tlb.l1d.missRate`.

import { nearest } from "../config/nearest.js";
import { PagewalkError, quote } from "../errors.js";
import type { CellSpace, SweepCell } from "./model.js";

export const DEFAULT_METRIC = "walk.walks";

/** Figures that are no part of a cell, but follow from it: misses / accesses. */
const RATE = /^((?:tlb|caches)\.[\w-]+)\.missRate$/;

/** The figure; undefined where it was not counted, or the cell could not be answered. */
export function metricOf(cell: SweepCell, path: string): number | undefined {
  if (cell.error) return undefined;
  const [, part] = RATE.exec(path) ?? [];
  if (part === undefined) return figureAt(cell, path);
  const [misses, accesses] = [figureAt(cell, `${part}.misses`), figureAt(cell, `${part}.accesses`)];
  return misses === undefined || !accesses ? undefined : misses / accesses;
}

function figureAt(cell: SweepCell, path: string): number | undefined {
  let at: unknown = cell;
  for (const key of path.split("."))
    at = typeof at === "object" && at !== null && Object.hasOwn(at, key) ? (at as never)[key] : undefined;
  // Counts above 2^53 are texts.
  const value = typeof at === "string" && /^\d+$/.test(at) ? Number(at) : at;
  return typeof value === "number" ? value : undefined;
}

const PARTS = ["accesses", "tlb", "walk", "pages", "faults", "paging", "caches", "cycles"];
const OF_TLB = ["accesses", "hits", "misses", "missRate", "byKind"];

/** Refuses what no cell can have, before any is answered. @throws PagewalkError `E_OPTION` */
export function checkMetric(path: string, { cells }: CellSpace): void {
  const [part = "", name = "", figure = ""] = path.split(".");
  const refuse = (word: string, words: readonly string[]) => {
    const guess = nearest(word, words);
    const hint = guess ? `did you mean ${guess}?` : `want one of ${words.join(", ")}`;
    throw new PagewalkError("E_OPTION", `metric ${quote(path)}: no cell has ${quote(word)}; ${hint}`, {
      path,
    });
  };
  if (!PARTS.includes(part)) refuse(part, PARTS);
  if (part !== "tlb") return;
  const names = new Set(cells.flatMap(({ config }) => config.tlb.map((tlb) => tlb.name)));
  if (!names.has(name)) refuse(name, [...names]);
  if (!OF_TLB.includes(figure)) refuse(figure, OF_TLB);
}

/** @throws PagewalkError `E_OPTION` where no cell that was answered has the figure */
export function checkCounted(path: string, cells: readonly SweepCell[]): void {
  const answered = cells.filter(({ error }) => !error);
  if (answered.length === 0 || answered.some((cell) => metricOf(cell, path) !== undefined)) return;
  const message = `metric ${quote(path)}: no cell has that figure; want one that was counted, or --metrics walk, with which more are`;
  throw new PagewalkError("E_OPTION", message, { path });
}
