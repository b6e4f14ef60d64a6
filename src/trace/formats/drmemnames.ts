import type { Core } from "../../engine/core.js";

/** Names of record types that are no access (DynamoRIO's `trace_type_t`), from their first number to their last. */
const TYPES: readonly (readonly [from: number, to: number, name: string])[] = [
  [2, 9, "prefetch"],
  [18, 18, "flush"],
  [19, 19, "flush end"],
  [20, 20, "flush"],
  [21, 21, "flush end"],
  [22, 22, "thread"],
  [23, 23, "thread exit"],
  [24, 24, "process"],
  [25, 25, "header"],
  [26, 26, "footer"],
  [27, 27, "prefetch"],
  [29, 29, "instruction not fetched"],
  [32, 46, "prefetch"],
  [47, 47, "encoding"],
];

/** Names of markers (`trace_marker_type_t`) by their number. */
const MARKERS: Readonly<Record<number, string>> = {
  0: "kernel event",
  1: "kernel transfer",
  2: "timestamp",
  3: "cpu",
  4: "function",
  5: "function return address",
  6: "function argument",
  7: "function return value",
  8: "split value",
  9: "file type",
  10: "cache line size",
  11: "instruction count",
  12: "version",
  13: "restartable sequence abort",
  14: "window",
  15: "physical address",
  16: "physical address not available",
  17: "virtual address",
  18: "page size",
  19: "system call index",
  20: "chunk instruction count",
  21: "chunk footer",
  22: "record ordinal",
  23: "filter endpoint",
  24: "restartable sequence entry",
  25: "system call",
  26: "maybe blocking system call",
  27: "system call trace start",
  28: "system call trace end",
  29: "branch target",
  34: "context switch start",
  35: "context switch end",
};

/** What the core counted of records that are no accesses, by name. */
export function countsByName(core: Core): Record<string, number> {
  const { DrmemCount } = core.enums;
  const counts: Record<string, number> = {};
  for (const [slot, count] of core.numbers(core.exports.drmemCounts.value, DrmemCount.Length).entries()) {
    if (count === 0) continue;
    const name = nameOf(slot, DrmemCount);
    counts[name] = (counts[name] ?? 0) + count;
  }
  return counts;
}

function nameOf(slot: number, { SizeZero, Repeated, Marker, Length }: Core["enums"]["DrmemCount"]): string {
  if (slot === SizeZero) return "instruction of size 0";
  if (slot === Repeated) return "marker repeated by a chunk";
  if (slot < Marker) return TYPES.find(([from, to]) => from <= slot && slot <= to)?.[2] ?? `type ${slot}`;
  const kind = slot - Marker;
  return `marker ${slot === Length - 1 ? `${kind} or above` : (MARKERS[kind] ?? kind)}`;
}
