import { parquetWriteBuffer } from "hyparquet-writer";
import { valueText } from "../sweep/axes.js";
import type { Column } from "./sweepcolumns.js";

type Source = Parameters<typeof parquetWriteBuffer>[0]["columnData"][number];

/** The same table as Parquet: counts as INT64, other numbers as DOUBLE, an axis of mixed values as texts; absent is null. */
export function sweepParquet(columns: readonly Column[]): Uint8Array {
  return new Uint8Array(parquetWriteBuffer({ columnData: columns.map(sourceOf) }));
}

function sourceOf({ name, kind, values }: Column): Source {
  const present = values.filter((value) => value !== undefined);
  const all = (is: (value: (typeof present)[number]) => boolean) => present.every(is);
  const isCount = (value: unknown) =>
    Number.isSafeInteger(value) || (kind === "figure" && typeof value === "string" && /^\d+$/.test(value));
  const made = <T>(type: NonNullable<Source["type"]>, make: (value: never) => T): Source => ({
    name,
    type,
    data: values.map((value) => (value === undefined ? null : make(value as never))),
  });
  if (all(isCount)) return made("INT64", (value) => BigInt(value));
  if (all((value) => typeof value === "number")) return made("DOUBLE", Number);
  if (all((value) => typeof value === "boolean")) return made("BOOLEAN", Boolean);
  return made("STRING", valueText);
}
