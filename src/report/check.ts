import pc from "picocolors";
import type { CheckResult } from "../check/check.js";
import type { Finding } from "../check/findings.js";
import type { LiveBlock } from "../check/leaks.js";
import { integer } from "./format.js";
import { leakReport } from "./leaks.js";

/** Findings that the report shows. */
const SHOWN = 1000;

/** The report of `check` for people. */
export function checkReport(result: CheckResult): string {
  const { trace, errors, leaks } = result;
  const several = new Set(errors.map(({ process }) => process)).size > 1;
  const shown = errors.slice(0, SHOWN).map((error) => findingText(error, trace.path, several));
  const more = errors.length - shown.length;
  return [
    ...shown,
    ...(more > 0 ? [`and ${integer(more)} more (--json lists them)`] : []),
    ...(leaks ? leakReport(leaks, trace.path) : []),
    summary(result),
  ].join("\n\n");
}

/** A finding: what is wrong, and the places of the access, the allocation and the free below it. */
function findingText(finding: Finding, path: string, several: boolean): string {
  const { kind, message, count, process } = finding;
  const times = count > 1 ? ` (${integer(count)} times)` : "";
  const who = several ? `@${process} ` : "";
  const frame = finding.block?.frame === true;
  const places: [string, string | undefined][] = [
    ["at", placeOf(finding, "access", path) ?? finding.pc],
    ["in", finding.within],
    [frame ? "pushed at" : "allocated at", placeOf(finding, "allocated", path)],
    [frame ? "popped at" : "freed at", placeOf(finding, "freed", path)],
  ];
  return [
    `${who}${pc.red(kind)}: ${message}${times}`,
    ...places.flatMap(([what, place]) => (place === undefined ? [] : [`    ${what} ${place}`])),
  ].join("\n");
}

/** A place in the source, or the line of the trace. */
function placeOf(finding: Finding, what: "access" | "allocated" | "freed", path: string): string | undefined {
  const line = finding.lines?.[what];
  return finding[what] ?? (line === undefined ? undefined : `${path}:${line}`);
}

function summary({ errors, errorCount, unlisted, suppressed, heap, notes }: CheckResult): string {
  const kept = suppressed.reduce((all, { count }) => all + count, 0);
  const times = errorCount - kept > errors.length ? `, found ${integer(errorCount)} times` : "";
  return [
    `${many(heap.allocations, "allocation")} of ${many(heap.bytes, "byte")}, ${many(heap.frees, "free")}; at most ${many(heap.peak, "byte")} live`,
    ...(heap.failed > 0 ? [`${many(heap.failed, "allocation")} failed`] : []),
    `${many(errors.length, "error")}${times}${unlisted > 0 ? `; ${integer(unlisted)} not listed` : ""}${kept > 0 ? `; ${integer(kept)} suppressed` : ""}`,
    ...notes.map((note) => `note: ${note}`),
  ].join("\n");
}

function many(count: number, what: string): string {
  return `${integer(count)} ${what}${count === 1 ? "" : "s"}`;
}

/** The listing of memory courses: a line for each block that was never freed. */
export function classicReport({ blocks = [], trace }: CheckResult): string {
  const own = blocks.filter(({ kind }) => kind !== "runtime");
  const lines = own.map((block) => {
    return `Address: ${block.address}, size:${block.size}, Location: ${locationOf(block, trace.path)}`;
  });
  return ["Potential Memory Leak Info:", ...lines].join("\n");
}

function locationOf({ at, line }: LiveBlock, path: string): string {
  return at ?? (line === undefined ? "unknown" : `${path}:${line}`);
}
