import pc from "picocolors";
import type { Analysis, TraceAnalysis } from "../sweep/analysis.js";
import { cellText, TRACE, valueText } from "../sweep/axes.js";
import { grouped } from "../sweep/impossible.js";
import { metricOf } from "../sweep/metric.js";
import type { AxisValue, CellSpace, Method, SweepCell, SweepResult, SweepTrace } from "../sweep/model.js";
import { integer, many, pairs, percent, table } from "./format.js";

/** Cells that are told where nobody said how many, and that could not be answered. */
const SHOWN = 20;
const FAILED_SHOWN = 5;
/** Values of an axis that are named. */
const VALUES_SHOWN = 12;

const IN_WORDS: Readonly<Record<Method, string>> = {
  "one-pass": "with others in one pass",
  filtered: "by a replay behind a filter",
  replay: "by a replay each",
};

/** The report of a sweep for people. @param most cells that are told, the best first */
export function sweepReport(
  result: SweepResult,
  space: CellSpace,
  analysis: Analysis,
  most: number = SHOWN,
): string {
  return [
    heading(result, space),
    ...analysis.traces.flatMap((part) => ofTrace(result, analysis, part, most)),
    ...heatmaps(result, analysis),
    ...sensitivity(analysis),
    ...failures(result),
    footing(result),
  ].join("\n\n");
}

function heading({ trace, cells, timing }: SweepResult, space: CellSpace): string {
  const { axes, combinations, excluded, impossible } = space;
  const left = [
    ...(excluded > 0 ? [`${integer(excluded)} miss a constraint`] : []),
    ...(impossible.length > 0 ? [`${integer(impossible.length)} are no machine`] : []),
  ];
  const of = left.length > 0 ? ` of ${integer(combinations)} combinations; ${left.join(", ")}` : "";
  const methods = Object.entries(timing.byMethod) as [Method, number][];
  return [
    ...[trace].flat().map(traceLine),
    pairs([
      ...axes.filter(({ path }) => path !== TRACE).map((axis): [string, string] => [axis.path, listed(axis)]),
      ["cells", `${integer(space.cells.length)}${of}`],
      ["answered", integer(cells.length)],
      ...methods.map(([method, count]): [string, string] => ["", `${integer(count)} ${IN_WORDS[method]}`]),
      ...[trace].flat().flatMap(({ notes }) => notes.map((note): [string, string] => ["note", note])),
      ...(impossible.length > 0 ? [["no machine", grouped(impossible)] as [string, string]] : []),
    ]),
  ].join("\n");
}

function traceLine({ path, format, compression, records, skipped, filtered }: SweepTrace): string {
  const wrapped = compression === "none" ? "" : `, ${compression}`;
  const left = filtered > 0 ? `, ${integer(filtered)} left out` : "";
  const bad = skipped > 0 ? pc.yellow(`, ${integer(skipped)} bad, passed over`) : "";
  return `${pc.bold(path)} (${format}${wrapped}): ${many(records, "record")}${left}${bad}`;
}

function listed({ values }: CellSpace["axes"][number]): string {
  const shown = values.slice(0, VALUES_SHOWN).map(valueText).join(", ");
  return values.length > VALUES_SHOWN ? `${shown} ... (${integer(values.length)} values)` : shown;
}

function ofTrace(result: SweepResult, analysis: Analysis, part: TraceAnalysis, most: number): string[] {
  const { by } = analysis;
  const { trace, best, pareto } = part;
  const of = ofWhich(trace);
  const byIndex = new Map(result.cells.map((cell) => [cell.index, cell]));
  const cellAt = (index: number) => byIndex.get(index) as SweepCell;
  const sections: string[] = [];
  if (best.length > 0)
    sections.push(`${pc.bold(`${of}least ${by} first`)}\n${bestTable(result, analysis, part, cellAt, most)}`);
  else sections.push(`${of}${by}: no cell has it`);
  if (pareto) {
    const paths = pathsOf(result);
    const rows = pareto.front.map(({ cell, cost, metric }) => [
      integer(cost),
      figure(by, metric),
      ...paths.map((path) => valueText(cellAt(cell).config[path] ?? null)),
    ]);
    const none = "  none: no cell has both; an ideal TLB has no cost";
    const shown = rows.length > 0 ? table([pareto.cost, by, ...paths], rows) : none;
    sections.push(
      `${pc.bold(`${of}no other cell has less ${by} and as few ${pareto.cost} of TLB`)}\n${shown}`,
    );
  }
  return sections;
}

function bestTable(
  result: SweepResult,
  { by, relative }: Analysis,
  { best }: TraceAnalysis,
  cellAt: (index: number) => SweepCell,
  most: number,
): string {
  const cells = best.slice(0, most).map(cellAt);
  const paths = pathsOf(result);
  // Those that were never asked have nothing to tell.
  const asked = cells.flatMap(({ tlb }) => Object.entries(tlb).filter(([, { accesses }]) => accesses > 0));
  const tlbs = [...new Set(asked.map(([name]) => name))];
  const ratios = relative && new Map(relative.map(({ cell, ratio }) => [cell, ratio]));
  const isShown = by === "walk.walks" || tlbs.some((name) => by === `tlb.${name}.misses`);
  const rows = cells.map((cell) => [
    ...paths.map((path) => valueText(cell.config[path] ?? null)),
    ...tlbs.map((name) => (cell.tlb[name] ? integer(cell.tlb[name].misses) : "")),
    integer(cell.walk.walks),
    ...(isShown ? [] : [figure(by, metricOf(cell, by) ?? 0)]),
    ...(ratios ? [ratios.get(cell.index)?.toFixed(3) ?? "-"] : []),
  ]);
  const head = [
    ...paths,
    ...tlbs.map((name) => `${name} misses`),
    "walks",
    ...(isShown ? [] : [by]),
    ...(ratios ? ["relative"] : []),
  ];
  const others = best.length - rows.length;
  const more = others > 0 ? `\n  and ${integer(others)} more; --json, --csv and --parquet have them all` : "";
  return `${table(head, rows)}${more}`;
}

function heatmaps({ axes }: SweepResult, { by, heatmaps = [] }: Analysis): string[] {
  return heatmaps.map(({ trace, axes: paths, least }) => {
    const [down = [], across = []] = paths.map((path) => axes.find((axis) => axis.path === path)?.values);
    const rows = least.map((row, at) => [
      valueText(down[at] ?? null),
      ...row.map((value) => (value === null ? "" : figure(by, value))),
    ]);
    const isPart = axes.length > (trace === undefined ? 2 : 3);
    const title = `${ofWhich(trace)}${by}${isPart ? ", the best of all other axes" : ""}`;
    return `${pc.bold(title)}\n${table([paths.join(" \\ "), ...across.map(valueText)], rows)}`;
  });
}

function ofWhich(trace: AxisValue | undefined): string {
  return trace === undefined ? "" : `${valueText(trace)}, `;
}

function pathsOf({ axes }: SweepResult): string[] {
  return axes.map(({ path }) => path).filter((path) => path !== TRACE);
}

/** A figure of a cell: a count, or a rate. */
function figure(metric: string, value: number): string {
  if (metric.endsWith("missRate")) return percent(value, 1);
  return Number.isInteger(value) ? integer(value) : value.toFixed(4);
}

function sensitivity({ by, sensitivity }: Analysis): string[] {
  if (!sensitivity) return [];
  const times = (ratio: number | null) => (ratio === null ? "-" : ratio.toFixed(3));
  const rows = sensitivity.map(({ axes, rows, mean, largest, fromZero }) => [
    axes.join(", "),
    integer(rows),
    times(mean),
    times(largest),
    integer(fromZero),
  ]);
  const title = `How ${by} moves with one axis alone: the largest over the smallest`;
  return [`${pc.bold(title)}\n${table(["axis", "rows", "mean", "largest", "from 0"], rows)}`];
}

function failures({ cells }: SweepResult): string[] {
  const failed = cells.filter(({ error }) => error);
  if (failed.length === 0) return [];
  const lines = failed
    .slice(0, FAILED_SHOWN)
    .map(({ config, error }) => `  ${cellText(config)}: ${error?.code}: ${error?.message}`);
  const others = failed.length - lines.length;
  if (others > 0) lines.push(`  and ${integer(others)} more`);
  return [`${pc.yellow("Could not be answered")}\n${lines.join("\n")}`];
}

function footing({ timing, interrupted, trace }: SweepResult): string {
  const rate = timing.seconds > 0 ? (timing.cells / timing.seconds).toFixed(1) : "-";
  const lines = [pc.dim(`${timing.seconds.toFixed(2)} s, ${rate} cells/s`)];
  if (interrupted)
    lines.unshift(pc.yellow("Interrupted: the cells are those that were answered until then."));
  if ([trace].flat().some(({ truncated }) => truncated))
    lines.unshift(pc.yellow("Truncated: the counts are of what was read before the trace broke off."));
  return lines.join("\n");
}
