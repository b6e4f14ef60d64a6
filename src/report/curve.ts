import Papa from "papaparse";
import pc from "picocolors";
import type { Curve, CurvePoint, CurveResult } from "../curve/curve.js";
import type { ShardsResult } from "../curve/shards.js";
import type { WorkingSetPoint } from "../curve/workingset.js";
import { integer, pairs, percent, table } from "./format.js";
import { type Line, plot } from "./plot.js";

/** Curves that stand side by side in a table. */
const COLUMNS = 8;

/** The report of a curve for people: a row a size, a column a policy; plots are `width` characters wide at most. */
export function curveReport(result: CurveResult, width = 80): string {
  const { trace, workingSet } = result;
  const sized = result.curves.filter(({ policy, points }) => policy !== "ws" && points.length > 0);
  const windows = result.curves.find(({ policy }) => policy === "ws");
  const share = ({ faults }: CurvePoint) => percent(faults, trace.accesses);
  return [
    heading(result),
    ...sections("Page faults", sized, ({ faults, faultsError }) => counted(faults, faultsError)),
    ...plotted(faultLines(sized), "frames", width),
    ...sections("Faults a lookup", sized, share),
    ...sections("Pages written", sized, ({ writes, writesError }) => counted(writes, writesError)),
    ...(windows ? [`${pc.bold("Working sets")}\n${windowTable(windows, share)}`] : []),
    ...(workingSet ? workingSetSections(workingSet.points, trace.accesses, width) : []),
    footing(result),
  ].join("\n\n");
}

/** A count, and its standard error where it is expected only. */
function counted(count: number, error: number | undefined): string {
  return error === undefined ? integer(count) : `${integer(count)} +- ${integer(error)}`;
}

function faultLines(curves: readonly Curve[]): Line[] {
  return curves.map(({ policy, points }) => ({
    name: policy,
    points: points.map(({ frames, faults }) => [frames, faults] as const),
  }));
}

function plotted(lines: readonly Line[], across: string, width: number): string[] {
  const drawn = plot(lines, across, width);
  return drawn === undefined ? [] : [drawn];
}

function workingSetSections(points: readonly WorkingSetPoint[], lookups: number, width: number): string[] {
  const rows = points.map(({ tau, mean, peak, faults }) => [
    integer(tau),
    mean.toFixed(2),
    integer(peak),
    integer(faults),
    percent(faults, lookups),
  ]);
  const head = ["TAU", "mean pages", "most pages", "faults", "faults a lookup"];
  const lines: Line[] = [
    { name: "mean", points: points.map(({ tau, mean }) => [tau, mean] as const) },
    { name: "most", points: points.map(({ tau, peak }) => [tau, peak] as const) },
  ];
  return [
    `${pc.bold("Working set against its window")}\n${table(head, rows)}`,
    ...plotted(lines, "TAU, in lookups", width),
  ];
}

function heading({ trace, pages, config, faults, shards }: CurveResult): string {
  const wrapped = trace.compression === "none" ? "" : `, ${trace.compression}`;
  const left = trace.filtered > 0 ? `, ${integer(trace.filtered)} left out` : "";
  const bad = trace.skipped > 0 ? pc.yellow(`, ${integer(trace.skipped)} bad, passed over`) : "";
  return [
    `${pc.bold(trace.path)} (${trace.format}${wrapped}), ${config.pageSize} pages`,
    pairs([
      ["records", `${integer(trace.records)}${left}${bad}`],
      ["lookups", integer(trace.accesses)],
      ["pages", pagesOf(pages, config.machine !== undefined, shards)],
      ...(shards ? sample(shards) : []),
      ...(config.machine ? [["replayed", "on a whole machine, once a point"] as [string, string]] : []),
      ...(faults.segv > 0 ? [["segv", integer(faults.segv)] as [string, string]] : []),
      ...trace.notes.map((note) => ["note", note] as [string, string]),
    ]),
  ].join("\n");
}

function pagesOf(pages: number, ofMachine: boolean, shards: ShardsResult | undefined): string {
  if (ofMachine) return `${integer(pages)} frames in use at most`;
  return shards ? `about ${integer(pages)}` : integer(pages);
}

function sample({ rate, pages, lookups, groups, expectedError, note }: ShardsResult): [string, string][] {
  const error = (100 * expectedError).toPrecision(2);
  return [
    ["sample", `${integer(pages)} pages, ${percent(rate, 1)} of all; ${integer(lookups)} lookups of them`],
    ...(groups > 0
      ? [
          ["error", `${error} % of the lookups, expected from ${groups} parts of the sample`] as [
            string,
            string,
          ],
        ]
      : []),
    ...(note === undefined ? [] : [["note", pc.yellow(note)] as [string, string]]),
  ];
}

function sections(title: string, curves: readonly Curve[], cell: (point: CurvePoint) => string): string[] {
  const parts: string[] = [];
  for (let first = 0; first < curves.length; first += COLUMNS) {
    const shown = curves.slice(first, first + COLUMNS);
    const rows = (shown[0]?.points ?? []).map(({ frames }, row) => [
      integer(frames),
      ...shown.map(({ points }) => (points[row] ? cell(points[row]) : "")),
    ]);
    parts.push(`${pc.bold(title)}\n${table(["frames", ...shown.map(({ policy }) => policy)], rows)}`);
  }
  return parts;
}

function windowTable({ points }: Curve, share: (point: CurvePoint) => string): string {
  const rows = points.map((point) => [
    integer(point.tau ?? 0),
    integer(point.frames),
    integer(point.faults),
    share(point),
    integer(point.writes),
  ]);
  return table(["TAU", "most frames", "faults", "faults a lookup", "pages written"], rows);
}

function footing({ timing, interrupted, trace }: CurveResult): string {
  const rate = (timing.recordsPerSecond / 1e6).toFixed(1);
  const lines = [pc.dim(`${timing.seconds.toFixed(2)} s, ${rate} M records/s`)];
  if (interrupted) lines.unshift(pc.yellow("Interrupted: the counts are of what was read until then."));
  if (trace.truncated) {
    lines.unshift(pc.yellow("Truncated: the counts are of what was read before the trace broke off."));
  }
  return lines.join("\n");
}

/** One row a point; working sets are rows of the policy `working-set`, `frames` their peaks. Errors and means have columns where there are any. */
export function curveCsv({ curves, shards, workingSet }: CurveResult): string {
  const fields = ["policy", "tau", "frames", "faults", "writes", "evictions"];
  if (shards) fields.push("faultsError", "writesError");
  if (workingSet) fields.push("mean");
  const rows: Record<string, string | number>[] = [
    ...curves.flatMap(({ policy, points }) => points.map((point) => ({ policy, ...point }))),
    ...(workingSet?.points ?? []).map(({ peak, ...point }) => ({
      policy: "working-set",
      frames: peak,
      ...point,
    })),
  ];
  const data = rows.map((row) => fields.map((field) => row[field] ?? ""));
  return `${Papa.unparse({ fields, data }, { newline: "\n" })}\n`;
}
