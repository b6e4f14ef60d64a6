import Papa from "papaparse";
import pc from "picocolors";
import type { Curve, CurvePoint, CurveResult } from "../curve/curve.js";
import { integer, pairs, percent, table } from "./format.js";

/** Curves that stand side by side in a table. */
const COLUMNS = 8;

/** The report of a curve for people: a row a size, a column a policy. */
export function curveReport(result: CurveResult): string {
  const { trace } = result;
  const sized = result.curves.filter(({ policy, points }) => policy !== "ws" && points.length > 0);
  const windows = result.curves.find(({ policy }) => policy === "ws");
  const share = ({ faults }: CurvePoint) => percent(faults, trace.accesses);
  return [
    heading(result),
    ...sections("Page faults", sized, ({ faults }) => integer(faults)),
    ...sections("Faults a lookup", sized, share),
    ...sections("Pages written", sized, ({ writes }) => integer(writes)),
    ...(windows ? [`${pc.bold("Working sets")}\n${windowTable(windows, share)}`] : []),
    footing(result),
  ].join("\n\n");
}

function heading({ trace, pages, config, faults }: CurveResult): string {
  const wrapped = trace.compression === "none" ? "" : `, ${trace.compression}`;
  const left = trace.filtered > 0 ? `, ${integer(trace.filtered)} left out` : "";
  const bad = trace.skipped > 0 ? pc.yellow(`, ${integer(trace.skipped)} bad, passed over`) : "";
  return [
    `${pc.bold(trace.path)} (${trace.format}${wrapped}), ${config.pageSize} pages`,
    pairs([
      ["records", `${integer(trace.records)}${left}${bad}`],
      ["lookups", integer(trace.accesses)],
      ["pages", config.machine ? `${integer(pages)} frames in use at most` : integer(pages)],
      ...(config.machine ? [["replayed", "on a whole machine, once a point"] as [string, string]] : []),
      ...(faults.segv > 0 ? [["segv", integer(faults.segv)] as [string, string]] : []),
      ...trace.notes.map((note) => ["note", note] as [string, string]),
    ]),
  ].join("\n");
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

/** One row a point. */
export function curveCsv({ curves }: CurveResult): string {
  const data = curves.flatMap(({ policy, points }) =>
    points.map(({ tau, frames, faults, writes, evictions }) => [
      policy,
      tau ?? "",
      frames,
      faults,
      writes,
      evictions,
    ]),
  );
  const fields = ["policy", "tau", "frames", "faults", "writes", "evictions"];
  return `${Papa.unparse({ fields, data }, { newline: "\n" })}\n`;
}
