import Papa from "papaparse";
import pc from "picocolors";
import type { PolicyResult } from "../heap/measure.js";
import type { HeapResult } from "../heap/replay.js";
import { bytes, integer, many, pairs, percent, table } from "./format.js";
import { gcReport } from "./heapgc.js";
import { heapMap } from "./heapmap.js";
import { leakReport } from "./leaks.js";
import { spark } from "./spark.js";

/** What stands above the heaps' sizes over time. */
const PAYLOAD = "live payload";

/** The report of a trace's heaps for people. */
export function heapReport(result: HeapResult): string {
  const { policies } = result;
  return [
    heading(result),
    ...(policies.length > 0 ? [`${pc.bold("Policies, the smallest heap first")}\n${ranking(policies)}`] : []),
    ...overTime(policies),
    ...gcReport(policies),
    ...validations(policies),
    ...leaks(result),
    `${pc.bold("Sizes of requests")}\n${sizes(result)}`,
    `${pc.bold("Lifetimes of blocks, in operations")}\n${lifetimes(result)}`,
    ...policies.flatMap(({ name, map }) => (map ? [heapMap(name, map)] : [])),
    footing(result),
  ].join("\n\n");
}

function heading({ trace, demand, processes, process, unknown }: HeapResult): string {
  const { operations, peak, neverFreed, huge } = demand;
  const wrapped = trace.compression === "none" ? "" : `, ${trace.compression}`;
  const bad = trace.skipped > 0 ? pc.yellow(`; ${integer(trace.skipped)} bad records passed over`) : "";
  const { malloc, calloc, realloc, free, aligned } = operations;
  const kinds = Object.entries({ malloc, calloc, realloc, free }).filter(([, count]) => count > 0);
  const counts = kinds.map(([name, count]) => `${integer(count)} ${name}`).join(", ");
  const all = malloc + calloc + realloc + free;
  return [
    `${pc.bold(trace.path)} (${trace.format}${wrapped})`,
    pairs([
      ["operations", `${integer(all)}: ${counts}${bad}`],
      ...(aligned > 0 ? [["aligned", `${integer(aligned)} of the mallocs`] as [string, string]] : []),
      [
        "peak",
        `${integer(peak.payload)} bytes live, first behind operation ${integer(peak.operation)}; at most ${many(peak.blocks, "block")}`,
      ],
      ["never freed", `${many(neverFreed.blocks, "block")}, ${many(neverFreed.bytes, "byte")}`],
      ...(huge > 0 ? [["too large", `${many(huge, "request")}, for any heap`] as [string, string]] : []),
      ...(processes.length > 1 ? [["process", processesOf(processes, process)] as [string, string]] : []),
      ...unknownRows(unknown),
      ...trace.notes.map((note) => ["note", note] as [string, string]),
    ]),
  ].join("\n");
}

function processesOf(processes: HeapResult["processes"], replayed: HeapResult["process"]): string {
  const others = processes.filter(({ pid }) => pid !== replayed);
  const names = others.map(({ pid, operations }) => `${pid} (${many(operations, "operation")})`).join(", ");
  return `${replayed} is replayed; --process N takes ${names || "its other program"}`;
}

/** What a tracer missed. */
function unknownRows({ frees, reallocs, missedFrees, failed }: HeapResult["unknown"]): [string, string][] {
  const rows: [number, string, string][] = [
    [frees, "free", "of blocks that the trace does not know, left out"],
    [reallocs, "realloc", "of such blocks, taken as mallocs"],
    [missedFrees, "block", "given out again before a free, freed there"],
    [failed, "call", "that failed in the program, left out"],
  ];
  return rows
    .filter(([count]) => count > 0)
    .map(([count, what, how]) => ["unknown", `${many(count, what)} ${how}`]);
}

/** By heap size; of one size, the quicker first. */
function ranking(policies: readonly PolicyResult[]): string {
  const ranked = [...policies].sort(
    (a, b) =>
      a.failed - b.failed || a.heapBytes - b.heapBytes || b.timing.opsPerSecond - a.timing.opsPerSecond,
  );
  const rows = ranked.map((policy) => [
    policy.name,
    integer(policy.heapBytes),
    percent(policy.peakPayload, policy.heapBytes),
    integer(Math.round(policy.internal.mean)),
    integer(policy.internal.peak),
    percent(policy.external.mean, 1),
    percent(policy.external.peak, 1),
    integer(policy.failed),
    (policy.timing.opsPerSecond / 1e6).toPrecision(3),
  ]);
  const head = [
    "policy",
    "heap bytes",
    "utilisation",
    "internal",
    "at most",
    "external",
    "at most",
    "failed",
  ];
  return table([...head, "M ops/s"], rows);
}

function overTime(policies: readonly PolicyResult[]): string[] {
  const width = Math.max(PAYLOAD.length, ...policies.map(({ name }) => name.length));
  const line = (name: string, values: readonly number[], unit: (most: number) => string) => {
    const drawn = spark(values);
    return drawn ? [`  ${name.padEnd(width)}  |${drawn.blocks}|  up to ${unit(drawn.most)}`] : [];
  };
  const [first] = policies;
  const payload = first
    ? line(
        "live payload",
        first.series.map(({ payload }) => payload),
        bytes,
      )
    : [];
  const heaps = policies.flatMap(({ name, series }) =>
    line(
      name,
      series.map(({ heapBytes }) => heapBytes),
      bytes,
    ),
  );
  const lines = [...payload, ...heaps];
  return lines.length > 0 ? [`${pc.bold("Heap size over time")}\n${lines.join("\n")}`] : [];
}

function validations(policies: readonly PolicyResult[]): string[] {
  const rows = policies.flatMap(({ name, validated }) =>
    validated
      ? [[name, integer(validated.operations), integer(validated.wholeHeap), integer(validated.left)]]
      : [],
  );
  if (rows.length === 0) return [];
  const head = ["policy", "operations", "whole heap", "blocks at the end"];
  return [`${pc.bold("Validated")}\n${table(head, rows)}`];
}

function leaks({ leaks, trace }: HeapResult): string[] {
  if (!leaks) return [];
  const report = leakReport(leaks, trace.path);
  return report.length > 0 ? report : ["No block is live at the end."];
}

function sizes({ demand }: HeapResult): string {
  const requests = demand.sizes.reduce((sum, each) => sum + each.requests, 0);
  const asked = demand.sizes.reduce((sum, each) => sum + each.bytes, 0);
  const rows = demand.sizes.map((each) => [
    rangeOf(each.upTo),
    integer(each.requests),
    percent(each.requests, requests),
    integer(each.bytes),
    percent(each.bytes, asked),
  ]);
  return table(["bytes", "requests", "", "bytes of them", ""], rows);
}

function lifetimes({ demand }: HeapResult): string {
  const { neverFreed } = demand;
  const blocks = demand.lifetimes.reduce((sum, each) => sum + each.blocks, neverFreed.blocks);
  const rows = demand.lifetimes.map((each) => [
    rangeOf(each.upTo),
    integer(each.blocks),
    percent(each.blocks, blocks),
    integer(each.bytes),
  ]);
  const never = ["never freed", integer(neverFreed.blocks), percent(neverFreed.blocks, blocks)];
  return table(
    ["operations", "blocks", "", "bytes of them"],
    [...rows, [...never, integer(neverFreed.bytes)]],
  );
}

/** A class of powers of two. */
function rangeOf(upTo: number): string {
  if (upTo <= 2) return String(upTo);
  return `${integer(upTo / 2 + 1)} to ${integer(upTo)}`;
}

function footing({ timing, interrupted, trace }: HeapResult): string {
  const lines = [pc.dim(`${timing.seconds.toFixed(2)} s`)];
  if (interrupted) lines.unshift(pc.yellow("Interrupted: policies that were not done are missing."));
  if (trace.truncated) {
    lines.unshift(pc.yellow("Truncated: the counts are of what was read before the trace broke off."));
  }
  return lines.join("\n");
}

/** One row a policy. */
export function policiesCsv({ policies }: HeapResult): string {
  const data = policies.map((policy) => ({
    policy: policy.name,
    ops: policy.ops,
    peakPayload: policy.peakPayload,
    heapBytes: policy.heapBytes,
    peakBytes: policy.peakBytes,
    mappedBytes: policy.mappedBytes,
    utilization: policy.utilization,
    internalMean: policy.internal.mean,
    internalPeak: policy.internal.peak,
    internalAtPeak: policy.internal.atPeak,
    externalMean: policy.external.mean,
    externalPeak: policy.external.peak,
    externalAtPeak: policy.external.atPeak,
    failed: policy.failed,
    ...policy.work,
    opsPerSecond: policy.timing.opsPerSecond,
  }));
  return `${Papa.unparse(data, { newline: "\n" })}\n`;
}

/** One row a sample of each policy. */
export function samplesCsv({ policies }: HeapResult): string {
  const data = policies.flatMap(({ name, series }) => series.map((sample) => ({ policy: name, ...sample })));
  return `${Papa.unparse(data, { newline: "\n" })}\n`;
}
