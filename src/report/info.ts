import pc from "picocolors";
import { sizeBits } from "../config/sizes.js";
import type { TraceInfo } from "../info/survey.js";
import { bytes, integer, pairs, percent, table } from "./format.js";

/** Regions that the report lists. */
const SHOWN = 20;

/** The report of `info` for people. */
export function infoReport(info: TraceInfo): string {
  const { trace, addresses, timing } = info;
  const wrapped = trace.compression === "none" ? "" : `, ${trace.compression}`;
  const named = info.processes.slice(0, SHOWN).map(({ pid }) => pid);
  const unnamed = info.processes.length - named.length;
  const processes = `${named.join(", ")}${unnamed > 0 ? ` and ${integer(unnamed)} more` : ""}`;
  const rows: [string, string][] = [
    ["format", `${trace.format}${wrapped}`],
    ["records", `${integer(trace.records)}${trace.truncated ? pc.yellow(", truncated") : ""}`],
    ...(trace.filtered > 0 ? [["left out", integer(trace.filtered)] as [string, string]] : []),
    ...(trace.skipped > 0 ? [["bad, passed over", integer(trace.skipped)] as [string, string]] : []),
    [
      "lookups",
      `${integer(trace.accesses)}, of them ${integer(trace.pageCrossings)} for crossings of 4K pages`,
    ],
    ["addresses", addresses.lowest === null ? "-" : `${addresses.lowest} to ${addresses.highest}`],
    ...(addresses.nonCanonical > 0
      ? [["not canonical", integer(addresses.nonCanonical)] as [string, string]]
      : []),
    ...(trace.unplaced > 0 ? [["of no address yet", integer(trace.unplaced)] as [string, string]] : []),
    ...(processes ? [["process", processes] as [string, string]] : []),
    [
      "time to read",
      `${timing.seconds.toFixed(2)} s, ${(timing.recordsPerSecond / 1e6).toFixed(1)} M records/s`,
    ],
  ];
  return [
    `${pc.bold(trace.path)}\n${pairs([...rows, ...trace.notes.map((note) => ["note", note] as [string, string])])}`,
    `${pc.bold("Records by kind")}\n${kinds(info)}`,
    ...counted("Events", info.events),
    ...counted("Other", trace.other),
    `${pc.bold("Footprint by page size")}\n${footprint(info)}`,
    `${pc.bold("Regions")} (touched pages less than 2 MiB apart)\n${regions(info)}`,
  ].join("\n\n");
}

function kinds({ trace }: TraceInfo): string {
  const rows = Object.entries(trace.kinds).map(([kind, count]) => [
    kind,
    integer(count),
    percent(count, trace.records),
  ]);
  return table(["", "records", "share"], rows);
}

/** The first names, without their folders. */
function shortNames(names: readonly string[]): string {
  const short = names.slice(0, 3).map((name) => name.slice(name.lastIndexOf("/") + 1));
  return `${short.join(", ")}${names.length > short.length ? " ..." : ""}`;
}

/** A section of counts by name, where there are any. */
function counted(title: string, counts: Record<string, number>): string[] {
  const rows = Object.entries(counts).map(([name, count]) => [name, integer(count)]);
  return rows.length > 0 ? [`${pc.bold(title)}\n${table(["", "count"], rows)}`] : [];
}

function footprint({ footprint }: TraceInfo): string {
  const rows = Object.entries(footprint).map(([size, pages]) => [
    size,
    integer(pages),
    bytes(pages * 2 ** (sizeBits(size) ?? 0)),
  ]);
  return table(["page size", "pages", "memory"], rows);
}

function regions({ regions, regionsTotal }: TraceInfo): string {
  const rows = regions
    .slice(0, SHOWN)
    .map(({ from, to, process, names, pages, instructions, loads, stores }) => [
      `${process === undefined ? "" : `@${process} `}${from}-${to}${names ? ` ${shortNames(names)}` : ""}`,
      integer(pages),
      integer(instructions),
      integer(loads),
      integer(stores),
    ]);
  const more = regionsTotal > SHOWN ? `\n  and ${integer(regionsTotal - SHOWN)} more` : "";
  return `${table(["", "4K pages", "fetches", "loads", "stores"], rows)}${more}`;
}
