import pc from "picocolors";
import { ACCESSES } from "../config/model.js";
import { sizeBits } from "../config/sizes.js";
import type { RunResult } from "../replay/replay.js";
import { bytes, integer, pairs, percent, ratio, table } from "./format.js";
import { caches, nesting, prefetching, switching, tables, validation } from "./machine.js";
import { files, processes } from "./processes.js";
import { heaps } from "./processheaps.js";
import { overTime, paging } from "./series.js";

/** The report of a run for people: each raw count with the rates that follow from it. */
export function runReport(result: RunResult): string {
  const translates = result.config.translation !== "none";
  const translated = (title: string, body: (of: RunResult) => string) =>
    translates ? [section(title, body(result))] : [];
  return [
    heading(result),
    ...translated("Translation lookaside buffers", tlbs),
    ...translated("Page walks", walks),
    ...optional("TLB prefetching", prefetching(result)),
    ...optional("Nested tables", nesting(result)),
    ...optional("Data caches", caches(result)),
    ...translated("Pages", pages),
    ...translated("Page tables", tables),
    ...optional("Switches and flushes", switching(result)),
    ...optional("Validation", validation(result)),
    section("Faults", faults(result)),
    ...optional("Processes", processes(result)),
    ...optional("Heaps", heaps(result)),
    ...optional("Files", files(result)),
    section("Cycles", cycles(result)),
    ...optional("Paging", paging(result)),
    ...optional("Over time", overTime(result)),
    footing(result),
  ].join("\n\n");
}

function section(title: string, body: string): string {
  return `${pc.bold(title)}\n${body}`;
}

function optional(title: string, body: string | undefined): string[] {
  return body === undefined ? [] : [section(title, body)];
}

function heading({ trace, events, config, heap }: RunResult): string {
  const wrapped = trace.compression === "none" ? "" : `, ${trace.compression}`;
  const { instruction, load, store, modify } = trace.kinds;
  const marks = [
    trace.filtered > 0 ? `${integer(trace.filtered)} left out` : "",
    trace.skipped > 0 ? pc.yellow(`${integer(trace.skipped)} bad, passed over`) : "",
    trace.truncated ? pc.yellow("truncated") : "",
  ].filter(Boolean);
  return [
    `${pc.bold(trace.path)} (${trace.format}${wrapped}), ${addressing(config)}`,
    pairs([
      ["records", [integer(trace.records), ...marks].join(", ")],
      [
        "",
        `${integer(instruction)} instructions, ${integer(load)} loads, ${integer(store)} stores, ${integer(modify)} modifies`,
      ],
      ["lookups", `${integer(trace.accesses)}, of them ${integer(trace.pageCrossings)} for page crossings`],
      ...partRows(trace),
      ...eventRows(trace, events, heap?.events ?? 0),
      ...trace.notes.map((note) => ["note", note] as [string, string]),
    ]),
  ].join("\n");
}

function addressing({ translation, pageSize, regions }: RunResult["config"]): string {
  if (translation === "none") return "physical addresses";
  return `${pageSize} pages${regions.length > 0 ? ", others by region" : ""}`;
}

/** Of several traces: which is which, and how much each gave. */
function partRows({ interleave = 0, traces = [] }: RunResult["trace"]): [string, string][] {
  if (traces.length === 0) return [];
  const rows = traces.map(({ path, records, processes, thread, truncated }): [string, string] => {
    const shown = processes.slice(0, 4).map(({ pid }) => pid);
    const pids = `process${shown.length > 1 ? "es" : ""} ${shown.join(", ")}${processes.length > 4 ? " .." : ""}`;
    const broken = truncated ? pc.yellow(", truncated") : "";
    return [
      "",
      `${thread === undefined ? pids : `thread ${thread}`}: ${path}, ${integer(records)} records${broken}`,
    ];
  });
  return [["turns", `${integer(interleave)} records each`], ...rows];
}

/** Events of allocations, where these are of no named blocks, and of a program's frames: no matter of address translation. */
const COUNTED = [
  ...["malloc", "calloc", "realloc", "free", "allocator enter", "allocator leave", "allocator unmap"],
  ...["frame push", "frame pop", "root", "region"],
];

function eventRows(
  { unplaced, other }: RunResult["trace"],
  events: RunResult["events"],
  ofHeaps: number,
): [string, string][] {
  const sum = (counted: boolean) =>
    Object.entries(events)
      .filter(([name]) => COUNTED.includes(name) === counted)
      .reduce((all, [, count]) => all + count, 0);
  const acted = Math.min(ofHeaps, sum(true));
  const done = sum(false) + acted;
  const left = sum(true) - acted;
  const text = [
    done > 0 ? `${integer(done)} acted upon` : "",
    left > 0 ? `${integer(left)} counted only` : "",
  ].filter(Boolean);
  const rows: [string, string][] = [];
  if (text.length > 0) rows.push(["events", text.join(", ")]);
  const rest = Object.entries(other).map(([name, count]) => `${integer(count)} ${name}`);
  if (rest.length > 0) rows.push(["besides", rest.join(", ")]);
  if (unplaced > 0) {
    rows.push(["no address", `${integer(unplaced)} accesses inside mappings and blocks, not made`]);
  }
  return rows;
}

function tlbs(result: RunResult): string {
  const { instruction } = result.trace.kinds;
  const used = result.config.tlb.filter(({ name }) => (result.tlb[name]?.accesses ?? 0) > 0);
  const rows = used.flatMap(({ name, level, entries, ways }) => {
    const counts = result.tlb[name];
    if (!counts) return [];
    const shape = entries === null ? "ideal" : ways === entries ? `${entries} full` : `${entries}/${ways}`;
    const kinds = ACCESSES.flatMap((kind) => {
      const part = counts.byKind[kind];
      return part && part.accesses < counts.accesses ? [row(`    ${kind}`, "", "", part, instruction)] : [];
    });
    return [row(name, `L${level}`, shape, counts, instruction), ...kinds];
  });
  if (result.config.tlb.length === 0) return "  none: every lookup walks";
  if (rows.length === 0) return "  none was asked";
  const head = ["", "level", "entries/ways", "lookups", "hits", "misses", "miss rate", "per 1000 instr."];
  const idle = result.config.tlb.filter((tlb) => !used.includes(tlb)).map(({ name }) => name);
  const unused = idle.length > 0 ? `\n  not looked up: ${idle.join(", ")}` : "";
  return `${table(head, rows)}${unused}`;
}

function row(
  name: string,
  level: string,
  shape: string,
  counts: { accesses: number; hits: number; misses: number },
  instructions: number,
): string[] {
  const { accesses, hits, misses } = counts;
  return [
    name,
    level,
    shape,
    integer(accesses),
    integer(hits),
    integer(misses),
    percent(misses, accesses),
    ratio(1000 * misses, instructions),
  ];
}

function walks({ walk, trace, config, prefetch }: RunResult): string {
  const kinds = ACCESSES.filter((kind) => walk.byKind[kind] > 0).map(
    (kind) => `${integer(walk.byKind[kind])} ${kind}`,
  );
  const rows: [string, string][] = [
    ["walks", `${integer(walk.walks)}${kinds.length > 1 ? ` (${kinds.join(", ")})` : ""}`],
    ["per 1000 instructions", ratio(1000 * walk.walks, trace.kinds.instruction)],
    ["entries read", `${integer(walk.pteReads)}, ${ratio(walk.pteReads, walk.walks)} a walk`],
    ["dirty-bit assists", integer(walk.dirtyAssists)],
  ];
  const all = walk.walks + (prefetch?.issued ?? 0);
  const caches = config.walkCache.map(({ level, entries, ways }) => {
    const { hits = 0, misses = 0 } = walk.caches[level] ?? {};
    return [level, `${entries}/${ways}`, integer(hits), percent(hits, all), integer(misses)];
  });
  const head = ["walk cache", "entries/ways", "walks begun below it", "of all", "found nothing"];
  return caches.length > 0 ? `${pairs(rows)}\n${table(head, caches)}` : pairs(rows);
}

function pages({ pages }: RunResult): string {
  const used = Object.entries(pages.touched).filter(([, count]) => count > 0);
  const touched = used.reduce((sum, [, count]) => sum + count, 0);
  const footprint = used.reduce((sum, [size, count]) => sum + count * 2 ** (sizeBits(size) ?? 0), 0);
  const sizes = used.map(([size, count]) => `${integer(count)} of ${size}`).join(", ") || "none";
  const changed = `${integer(pages.promoted)} made larger, ${integer(pages.demoted)} made smaller`;
  return pairs([
    ["touched", `${sizes}, a footprint of ${bytes(footprint)}`],
    ["dirty", `${integer(pages.dirty)} (${percent(pages.dirty, touched)})`],
    ...(pages.promoted + pages.demoted > 0 ? [["changed", changed] as [string, string]] : []),
    ...(pages.refused > 0
      ? [["refused", `${integer(pages.refused)} changes of size that fit no page`] as [string, string]]
      : []),
  ]);
}

function faults({ config, faults, faultList, faultListTotal, paging }: RunResult): string {
  const { minor } = paging.refaults;
  const again = minor > 0 ? `, ${integer(minor)} of pages that had left` : " first touches";
  const ofPages: [string, string][] = [
    ["minor", `${integer(faults.minor)}${again}`],
    ...some("major", faults.major, "read from a disk"),
    ...some("cow", faults.cow, "stores to pages shared copy-on-write"),
    ...some("protection", faults.protection),
    ["segv", integer(faults.segv)],
    ...some("bus", faults.bus, "beyond the end of a file"),
  ];
  const ofMemory: [string, string][] = [["bus", `${integer(faults.bus)} beyond the end of memory`]];
  const rows = config.translation === "none" ? ofMemory : ofPages;
  const shown = faultList
    .slice(0, 5)
    .map(
      ({ record, pid, va, access, kind, region }) =>
        `    record ${record}, process ${pid}: ${kind}, ${access} of ${va}${region === null ? "" : `, in ${region}`}`,
    );
  const more =
    faultListTotal > shown.length ? [`    and ${integer(faultListTotal - shown.length)} more`] : [];
  return [pairs(rows), ...shown, ...more].join("\n");
}

/** A row of a count that most runs do not have. */
function some(name: string, count: number, what = ""): [string, string][] {
  return count > 0 ? [[name, `${integer(count)} ${what}`.trimEnd()]] : [];
}

function cycles({ cycles, config, walk, tlb, faults, trace }: RunResult): string {
  const { latency } = config;
  const probes = config.tlb
    .filter(({ name, latency }) => latency > 0 && (tlb[name]?.accesses ?? 0) > 0)
    .map(({ name, latency }) => `${name} ${latency}`);
  const served = config.caches.map(({ name, latency }) => `${name} ${latency}`);
  const costs = [
    ...probes,
    `an entry read ${[...served, served.length > 0 ? `memory ${latency.memory}` : latency.memory].join(", ")}`,
  ].join(", ");
  const translation: [string, string][] = [
    ["translation", `${integer(cycles.translation)}, of them ${integer(walk.cycles)} in walks (${costs})`],
  ];
  const faulting: [string, string][] = [
    ["faults", `${integer(cycles.faults)} (${faultCosts(faults, latency)})`],
  ];
  const translates = config.translation !== "none";
  return pairs([
    ...(translates ? translation : []),
    ...(config.caches.length > 0 ? [["data", integer(cycles.data)] as [string, string]] : []),
    ...(translates ? faulting : []),
    ["total", `${integer(cycles.total)}, ${ratio(Number(cycles.total), trace.accesses)} a lookup`],
    ["effective access time", effective(cycles.effective)],
  ]);
}

/** Page faults and what each kind costs; one that copies on write costs what a minor one does. */
function faultCosts(
  { minor, major, cow }: RunResult["faults"],
  latency: RunResult["config"]["latency"],
): string {
  const parts = [`${integer(minor)} minor`];
  if (cow > 0) parts.push(`${integer(cow)} cow`);
  const cheap = `${parts.join(" and ")} at ${integer(latency.minorFault)}`;
  return major > 0 ? `${cheap}, ${integer(major)} major at ${integer(latency.majorFault)}` : cheap;
}

/** The sum of the textbook: what an access costs, and what page faults add to it on average. */
function effective({ access, faults, total }: RunResult["cycles"]["effective"]): string {
  const [whole, part, rest] = [total, access, faults].map((cycles) => cycles.toFixed(2));
  return `${whole} cycles: ${part} of an access, ${rest} of faults`;
}

function footing({ timing, interrupted, stoppedAt, trace }: RunResult): string {
  const rate = (timing.recordsPerSecond / 1e6).toFixed(1);
  const lines = [pc.dim(`${timing.seconds.toFixed(2)} s, ${rate} M records/s`)];
  if (interrupted) lines.unshift(pc.yellow("Interrupted: the counts are of what was read until then."));
  if (stoppedAt) lines.unshift(pc.yellow(`Stopped at the fault of record ${integer(stoppedAt.record)}.`));
  if (trace.truncated)
    lines.unshift(pc.yellow("Truncated: the counts are of what was read before the trace broke off."));
  return lines.join("\n");
}
