// The section of a run's report about the heaps of its processes.

import pc from "picocolors";
import type { ProcessHeapStats } from "../engine/heap/report.js";
import type { RunResult } from "../replay/replay.js";
import { bytes, integer, pairs, table } from "./format.js";

/** Rows shown of a long table; the JSON has all. */
const SHOWN = 20;

/** What each heap came to; undefined where no allocation was acted upon. */
export function heaps({ heap, config, trace }: RunResult): string | undefined {
  if (!heap || !config.heap) return undefined;
  const rows: [string, string][] = [
    ["policy", policyText(config.heap)],
    [
      "accesses",
      `${integer(heap.loads)} loads and ${integer(heap.stores)} stores by allocators, among the lookups`,
    ],
  ];
  if (heap.processes.some(({ breakMoved }) => breakMoved)) {
    const moved = "the trace moved the break, behind which the heap could not grow";
    rows.push(["note", pc.yellow(`${moved}: its requests failed`)]);
  }
  const [first] = heap.errors;
  if (first) {
    const where = first.line === null ? `record ${integer(first.record)}` : `line ${integer(first.line)}`;
    const text = `${integer(heap.errorsTotal)} times a block that is none was meant, first ${where}: ${first.kind} of ${first.id}`;
    rows.push(["note", pc.yellow(`${text}; pagewalk check ${trace.path} explains them`)]);
  }
  const lines = heap.processes.length > 0 ? [heapTable(heap.processes)] : [];
  const more = heap.processes.length - SHOWN;
  if (more > 0) lines.push(`    and ${integer(more)} more, all in --json`);
  return [...lines, pairs(rows)].join("\n");
}

function heapTable(processes: readonly ProcessHeapStats[]): string {
  const head = ["", "begins", "allocations", "frees", "failed", "live blocks", "live", "heap", "mapped"];
  const rows = processes
    .slice(0, SHOWN)
    .map((one) => [
      `${one.pid}${one.ended ? " ended" : ""}`,
      one.start ?? "nowhere",
      integer(one.allocations + one.reallocations),
      integer(one.frees),
      integer(one.failed),
      integer(one.liveBlocks),
      bytes(one.livePayload),
      bytes(one.grownBytes),
      bytes(one.mmapBytes),
    ]);
  return table(head, rows);
}

function policyText({ policy, organisation, fit }: NonNullable<RunResult["config"]["heap"]>): string {
  return `${policy}: ${organisation}, ${fit} fit`;
}
