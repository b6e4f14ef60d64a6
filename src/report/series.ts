import Papa from "papaparse";
import pc from "picocolors";
import type { RunResult } from "../replay/replay.js";
import type { Series, SeriesPoint } from "../replay/series.js";
import { type Thrashing, thrashes } from "../replay/thrashing.js";
import { integer, pairs, percent, ratio, table } from "./format.js";
import { spark } from "./spark.js";

/** Windows of a table; of more, it shows those with the most page faults. */
const ROWS = 24;
const SHOWN = 8;

/** Frames, and what a lack of them cost; undefined where they were never limited. */
export function paging({ paging, thrashing }: RunResult): string | undefined {
  if (!thrashing) return undefined;
  const { minor, major } = paging.refaults;
  const limit = paging.frames === null ? "by events" : `${integer(paging.frames)} frames`;
  const cycles = Number(thrashing.paging) + Number(thrashing.execution);
  return pairs([
    ["memory", `${limit}, ${paging.policy}; ${integer(paging.resident)} in use`],
    ["page-ins", integer(paging.pageIns)],
    ["page-outs", `${integer(paging.pageOuts)} of ${integer(paging.evictions)} evictions`],
    ["swap", `${integer(paging.swapUsed)} pages, at most ${integer(paging.swapPeak)}`],
    ...(paging.outOfMemory > 0
      ? [["out of memory", `${integer(paging.outOfMemory)} accesses and calls`] as [string, string]]
      : []),
    ...(paging.tables ? [["tables", pagedTables(paging.tables)] as [string, string]] : []),
    ["refaults", `${integer(minor + major)} of pages that had left, ${integer(major)} from a disk`],
    [
      "their cycles",
      `${integer(thrashing.paging)}, ${percent(Number(thrashing.paging), cycles)} of the time; accesses without faults ${integer(thrashing.execution)}`,
    ],
    ["thrashing", verdict(thrashing)],
  ]);
}

function pagedTables({
  resident,
  peak,
  pageIns,
  pageOuts,
}: NonNullable<RunResult["paging"]["tables"]>): string {
  return `${integer(resident)} in frames, at most ${integer(peak)}; ${integer(pageIns)} came back, ${integer(pageOuts)} were written`;
}

function verdict({ thrashed, windows, enough }: Thrashing): string {
  if (!windows) {
    const whole = thrashed
      ? pc.yellow("yes: refaults took more time than everything else")
      : "not over the whole run";
    return `${whole} (--window N tells when, and how many frames would do)`;
  }
  if (!thrashed) return "in no window";
  const some = `in ${integer(windows.thrashing)} of ${integer(windows.all)} windows`;
  return `${pc.yellow(some)}; ${integer(enough ?? 0)} frames hold the working set of each`;
}

/** The windows; undefined where none were asked for. */
export function overTime({ series }: RunResult): string | undefined {
  if (!series) return undefined;
  const { points, window } = series;
  const lines = [
    `  ${integer(points.length)} windows of ${integer(window)} records`,
    ...line("faults", points, ({ faultFrequency }) => faultFrequency, "a 1000 accesses"),
    ...line("working set", points, ({ workingSet }) => workingSet, "pages"),
  ];
  const rows = shown(points).map(({ point, number }) => row(point, number));
  const head = ["window", "minor", "major", "cow", "faults/1000", "page-outs", "evictions", "working set"];
  const pages = ["resident", "allocated", "cached", "uncached", ""];
  const left =
    points.length > ROWS
      ? [`  those with the most page faults; --json and --csv have all ${integer(points.length)}`]
      : [];
  return [...lines, ...left, table([...head, ...pages], rows)].join("\n");
}

function shown(points: readonly SeriesPoint[]): { point: SeriesPoint; number: number }[] {
  const all = points.map((point, i) => ({ point, number: i + 1 }));
  if (all.length <= ROWS) return all;
  const faults = ({ point }: { point: SeriesPoint }) => point.faults.minor + point.faults.major;
  return all
    .sort((a, b) => faults(b) - faults(a) || a.number - b.number)
    .slice(0, SHOWN)
    .sort((a, b) => a.number - b.number);
}

function row(point: SeriesPoint, number: number): string[] {
  const { faults, pages } = point;
  return [
    integer(number),
    integer(faults.minor),
    integer(faults.major),
    integer(faults.cow),
    ratio(1000 * (faults.minor + faults.major), point.accesses),
    integer(point.pageOuts),
    integer(point.evictions),
    integer(point.workingSet),
    integer(point.resident),
    integer(pages.allocated),
    integer(pages.cached),
    integer(pages.uncached),
    thrashes(point) ? "thrashes" : "",
  ];
}

/** A line of blocks for the windows. */
function line(
  name: string,
  points: readonly SeriesPoint[],
  value: (point: SeriesPoint) => number,
  unit: string,
): string[] {
  const drawn = spark(points.map(value));
  if (!drawn) return [];
  const { blocks, most } = drawn;
  const top = Number.isInteger(most) ? integer(most) : most.toFixed(2);
  return [`  ${name.padEnd(11)}  |${blocks}|  up to ${top} ${unit}`];
}

/** One row a window. */
export function seriesCsv({ points }: Series): string {
  const data = points.map((point, i) => ({
    window: i + 1,
    records: point.records,
    accesses: point.accesses,
    minor: point.faults.minor,
    major: point.faults.major,
    cow: point.faults.cow,
    pageIns: point.pageIns,
    pageOuts: point.pageOuts,
    evictions: point.evictions,
    minorRefaults: point.refaults.minor,
    majorRefaults: point.refaults.major,
    faultFrequency: point.faultFrequency,
    workingSet: point.workingSet,
    resident: point.resident,
    frames: point.frames ?? "",
    allocated: point.pages.allocated,
    cached: point.pages.cached,
    uncached: point.pages.uncached,
    unallocated: point.pages.unallocated ?? "",
    executionCycles: point.cycles.execution,
    pagingCycles: point.cycles.paging,
  }));
  return `${Papa.unparse(data, { newline: "\n" })}\n`;
}
