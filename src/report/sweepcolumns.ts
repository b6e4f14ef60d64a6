// The cells of a sweep as a table, for CSV and Parquet: one row a cell, in axis order.

import Papa from "papaparse";
import { valueText } from "../sweep/axes.js";
import type { AxisValue, SweepCell, SweepResult } from "../sweep/model.js";

export interface Column {
  name: string;
  /** A count may be a text, above 2^53. */
  kind: "axis" | "figure" | "text";
  /** By row; what a cell does not have is undefined. */
  values: readonly (AxisValue | undefined)[];
}

const OF_TLB = ["accesses", "hits", "misses"];

/**
 * The axes, the method, and every figure that any cell has, by its path.
 *
 * @param relative each cell's ratio to a baseline, by its index
 */
export function columnsOf(
  { axes, cells }: SweepResult,
  relative?: ReadonlyMap<number, number | null>,
): Column[] {
  const rows = cells.map(figuresOf);
  const paths = [...new Set(rows.flatMap((row) => [...row.keys()]))];
  const isOfTlb = (path: string) => {
    const [part, , key = ""] = path.split(".");
    return part === "tlb" && OF_TLB.includes(key);
  };
  const first = (path: string) =>
    path === "accesses" ? 0 : isOfTlb(path) ? 1 : path === "walk.walks" ? 2 : 3;
  const figures = [0, 1, 2, 3].flatMap((rank) => paths.filter((path) => first(path) === rank));
  return [
    ...axes.map(({ path }) => column(path, "axis", cells, ({ config }) => config[path])),
    column("method", "text", cells, ({ method }) => method),
    ...figures.map((name): Column => ({ name, kind: "figure", values: rows.map((row) => row.get(name)) })),
    ...(relative
      ? [column("relative", "figure", cells, ({ index }) => relative.get(index) ?? undefined)]
      : []),
    ...(cells.some(({ error }) => error) ? [column("error", "text", cells, ({ error }) => error?.code)] : []),
  ];
}

function column(
  name: string,
  kind: Column["kind"],
  cells: readonly SweepCell[],
  valueIn: (cell: SweepCell) => AxisValue | undefined,
): Column {
  return { name, kind, values: cells.map(valueIn) };
}

/** The figures of a cell by their paths; of one that could not be answered there are none. */
function figuresOf({
  index: _,
  config: _config,
  method: _method,
  error,
  ...counts
}: SweepCell): Map<string, AxisValue> {
  const figures = new Map<string, AxisValue>();
  const take = (value: unknown, path: string) => {
    if (typeof value === "object" && value !== null)
      for (const [key, part] of Object.entries(value)) take(part, path ? `${path}.${key}` : key);
    else if (value !== null && value !== undefined) figures.set(path, value as AxisValue);
  };
  if (!error) take(counts, "");
  return figures;
}

/** One row a cell; what a cell does not have is empty. */
export function sweepCsv(columns: readonly Column[]): string {
  const rows = columns[0]?.values.length ?? 0;
  const data = Array.from({ length: rows }, (_, row) =>
    columns.map(({ values }) => {
      const value = values[row];
      return value === undefined ? "" : valueText(value);
    }),
  );
  return `${Papa.unparse({ fields: columns.map(({ name }) => name), data }, { newline: "\n" })}\n`;
}
