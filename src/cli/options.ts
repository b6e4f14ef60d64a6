import { closeSync, openSync, readSync } from "node:fs";
import { type Command, InvalidArgumentError, Option } from "commander";
import { assign } from "../config/assign.js";
import { type Config, DEFAULTS, KINDS, type Kind } from "../config/model.js";
import { layered, presetNamed, resolveConfig, show } from "../config/resolve.js";
import { messageOf, PagewalkError, quote } from "../errors.js";
import type { CsvColumns } from "../trace/formats/csvcolumns.js";
import { type Interleaved, interleave } from "../trace/interleave.js";
import { ASIDS, type Asid, openTrace, type Trace, type TraceOptions } from "../trace/trace.js";

/** Options of every command that reads a trace. */
export interface TraceFlags {
  format?: string;
  decompressCmd?: string;
  skip?: number;
  limit?: number;
  kinds?: Kind[];
  sample?: number;
  seed?: number;
  skipBad?: number;
  asid?: Asid;
  columns?: CsvColumns;
  json?: boolean;
  quiet?: boolean;
  progress?: boolean;
}

/** Options of every command that makes a machine. */
export interface MachineFlags {
  preset?: string;
  config?: string;
  set?: string[];
  pageSize?: string;
  modify?: string;
  crossing?: string;
  onFault?: string;
  mode?: string;
  cores?: number;
  asids?: number | "none";
  /** Also what `sample` hangs on. */
  seed?: number;
  validate?: boolean;
}

export function addTraceFlags(command: Command): Command {
  return command
    .option("--format <name>", "the trace's format; without it, the content tells")
    .option("--decompress-cmd <command>", "decompress by a command, from its standard input to its output")
    .option("--skip <n>", "pass over the first n records", records)
    .option("--limit <n>", "read at most n records", records)
    .option("--kinds <list>", `keep records of these kinds only (${KINDS.join(",")})`, kinds)
    .option("--sample <share>", "keep the accesses of this share of the pages only, as in 0.01", share)
    .option(
      "--seed <n>",
      "chooses other pages for --sample, and other victims where replacement is random",
      records,
    )
    .option("--skip-bad <n>", "pass over, and count, up to n bad records", records)
    .addOption(new Option("--asid <what>", "the address space, where a trace names both").choices(ASIDS))
    .option("--columns <list>", "the columns of CSV by name or number, as in address=addr,kind=2", columns)
    .option("--json", "print JSON instead of text")
    .option("--quiet", "no notes and no progress on standard error")
    .option("--no-progress", "no progress bar");
}

export function addMachineFlags(command: Command): Command {
  return command
    .option("--preset <name>", "the machine to start from (see: pagewalk presets)")
    .option("--config <file>", "a JSON file over the preset")
    .option(
      "--set <path=value>",
      "one key over all that; may be repeated, as in --set l1d.entries=32",
      collect,
    )
    .option("--page-size <size>", "the size of pages outside regions, as in 4K, 2M, 1G")
    .option("--modify <how>", "count a modify twice (a load and a store) or once (a store)")
    .option("--crossing <how>", "split a record that crosses pages, or look up its first only")
    .option("--on-fault <what>", "continue after a fault that ends an access, or stop at the first")
    .addOption(new Option("--mode <mode>", "who makes the accesses").choices(["user", "supervisor"]))
    .option("--cores <n>", "cores with TLBs of their own, which threads take in turn", count)
    .option("--asids <n>", "address-space ids that TLBs tell apart; none: a switch flushes", asids)
    .option("--validate", "hold every TLB hit against the page table");
}

/** Options of a command that replays several traces at once. */
export interface SeveralFlags {
  interleave?: number;
  threads?: boolean;
}

export function addSeveralFlags(command: Command): Command {
  return command
    .option("--interleave <n>", "replay several traces at once, n records of each in turn", turn)
    .option("--threads", "interleaved traces are threads of one process, not processes");
}

/** The trace, or the traces in turn. @throws PagewalkError `E_OPTION` */
export function tracesOf(paths: readonly string[], flags: TraceFlags & SeveralFlags): Trace | Interleaved {
  const { interleave: every, threads } = flags;
  const traces = paths.map((path) => openTrace(path, traceOptions(flags)));
  const [first] = traces;
  if (every !== undefined) return interleave(traces, { every, as: threads ? "threads" : "processes" });
  if (threads) throw new PagewalkError("E_OPTION", "--threads: want --interleave N beside it");
  if (first && traces.length === 1) return first;
  const names = paths.map((path) => quote(path)).join(", ");
  const message = `${names}: more than one trace; want one, or --interleave N to replay N records of each in turn`;
  throw new PagewalkError("E_OPTION", message);
}

export function traceOptions(flags: TraceFlags): TraceOptions {
  const { format, decompressCmd, skip, limit, kinds, sample, seed, skipBad, asid, columns } = flags;
  const named = { format, decompressCmd, skip, limit, kinds, sample, seed, skipBad, asid, columns };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
}

/** Flags over the file over the preset over the defaults. @throws PagewalkError `E_CONFIG`, `E_OPTION` */
export function machineConfig(flags: MachineFlags): Config {
  const base = layered(DEFAULTS, presetNamed(flags.preset), configFile(flags));
  return resolveConfig(assignmentsOf(flags).reduce(assign, base));
}

/** What `--config` has. @throws PagewalkError `E_CONFIG` */
export function configFile({ config }: MachineFlags): Record<string, unknown> {
  return config === undefined ? {} : readJson("--config", config);
}

/** `--set` and the flags that are keys of the configuration, as assignments over the rest. */
export function assignmentsOf(flags: MachineFlags): string[] {
  const { set = [], pageSize, modify, crossing, onFault, mode, cores, asids, seed, validate } = flags;
  const counting = { "count.modify": modify, "count.crossing": crossing };
  const keys = { pageSize, onFault, mode, cores, asids: asids === "none" ? null : asids, seed, validate };
  const given = Object.entries({ ...keys, ...counting }).filter(([, value]) => value !== undefined);
  return [...set, ...given.map(([path, value]) => `${path}=${JSON.stringify(value)}`)];
}

/** Bytes of a JSON file at most. */
const MOST_JSON = 64 * 2 ** 20;

/** A file's text. A pipe is read too; what never ends is not. */
function readShort(path: string): string {
  const fd = openSync(path, "r");
  try {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (let read = -1; read !== 0; bytes += read) {
      const part = Buffer.alloc(1 << 20);
      read = readSync(fd, part);
      parts.push(part.subarray(0, read));
      if (bytes > MOST_JSON) throw new Error(`more than ${MOST_JSON / 2 ** 20} MiB`);
    }
    return Buffer.concat(parts).toString("utf8");
  } finally {
    closeSync(fd);
  }
}

/** The object in a JSON file that an option names. @throws PagewalkError `E_CONFIG` */
export function readJson(option: string, path: string): Record<string, unknown> {
  let text: string;
  try {
    text = readShort(path);
  } catch (thrown) {
    throw new PagewalkError("E_CONFIG", `${option} ${path}: ${messageOf(thrown)}; want a JSON file`, {
      file: path,
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (thrown) {
    throw new PagewalkError("E_CONFIG", `${option} ${path}: not JSON: ${messageOf(thrown)}`, { file: path });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new PagewalkError("E_CONFIG", `${option} ${path}: ${show(value)}; want a JSON object`, {
    file: path,
  });
}

export function records(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError("want a whole number of records, 0 or more");
}

/** @throws InvalidArgumentError */
export function count(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError("want a whole number, 1 or more");
}

function asids(text: string): number | "none" {
  if (text === "none") return text;
  if (/^\d+$/.test(text)) return count(text);
  throw new InvalidArgumentError("want a whole number, 1 or more, or none");
}

function turn(text: string): number {
  const value = Number(text);
  if (/^\d{1,16}$/.test(text) && value >= 1 && BigInt(text) <= 2n ** 53n) return value;
  throw new InvalidArgumentError("want a whole number of records from 1 to 2^53");
}

/** A share of a whole. @throws InvalidArgumentError */
export function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && value > 0 && value <= 1) return value;
  throw new InvalidArgumentError("want a share above 0, up to 1");
}

function kinds(text: string): Kind[] {
  const list = text.split(",");
  const wrong = list.find((kind) => !KINDS.includes(kind as Kind));
  if (wrong !== undefined) throw new InvalidArgumentError(`want some of ${KINDS.join(",")}`);
  return list as Kind[];
}

function columns(text: string): CsvColumns {
  const pairs = text.split(",").map((pair) => {
    const [role = "", column = ""] = pair.split(/=(.*)/s);
    return [role, /^\d+$/.test(column) ? Number(column) : column] as const;
  });
  return Object.fromEntries(pairs);
}

export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}
