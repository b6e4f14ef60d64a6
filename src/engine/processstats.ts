import { EventCodec } from "../trace/eventcodec.js";
import { ERRNOS } from "../trace/events.js";
import type { Core } from "./core.js";
import type { Names } from "./names.js";

/** Faults by kind. */
export interface Faults {
  minor: number;
  major: number;
  cow: number;
  protection: number;
  segv: number;
  bus: number;
}

/** One process. `resident`: its pages in frames, and `shared` those of them that others map too; `mapped`: pages of its mappings. */
export interface ProcessStats {
  pid: number;
  /** It exited. */
  ended: boolean;
  /** Where its program begins, hexadecimal: what was said of it, or the first part of it that may be executed. null: nowhere. */
  entry: string | null;
  mappings: number;
  mapped: number;
  resident: number;
  shared: number;
  faults: Faults;
}

/** One named file: bytes, mappings of it, its pages in frames, and those of them that several mappings share. */
export interface FileStats {
  name: string;
  bytes: number;
  mappings: number;
  resident: number;
  shared: number;
}

/** Calls of the operating system that were acted upon, and those that failed, by name. */
export interface CallStats {
  made: number;
  failed: number;
  /** Those of which the trace says what they answered, and those of them that answered otherwise here. */
  told: number;
  differing: number;
  byName: Record<string, { made: number; failed: number; differing: number }>;
  /** The first 20 that answered otherwise. */
  differences: CallDifference[];
}

/** A call that answered otherwise than its trace says. */
export interface CallDifference {
  /** The line of the trace; null where its format has none. */
  line: number | null;
  pid: number;
  call: string;
  /** `ok` or an errno, or addresses, hexadecimal, where these are what differs: as the trace has it, and as it was here. */
  told: string;
  answered: string;
}

/** What the operating system has in use. @internal */
export function readSystem({ exports }: Core) {
  return {
    managed: Boolean(exports.managed.value),
    resident: exports.resident.value >>> 0,
    slotsUsed: exports.slotsUsed.value >>> 0,
    peakSlots: exports.peakSlots.value >>> 0,
  };
}

/** By number. @internal */
export function readProcesses(core: Core): ProcessStats[] {
  const { exports, enums } = core;
  const { Process } = enums;
  const all = Array.from({ length: exports.tallyCount() }, (_, place) => {
    exports.describe(place);
    const found = core.numbers(exports.described.value, Process.Length);
    const at = (slot: number): number => found[slot] ?? 0;
    const entry = core.u64(exports.described.value, Process.Length)[Process.Entry] ?? 0n;
    return {
      pid: at(Process.Number),
      ended: at(Process.Ended) !== 0,
      entry: entry === 0n ? null : `0x${entry.toString(16)}`,
      mappings: at(Process.Mappings),
      mapped: at(Process.Mapped),
      resident: at(Process.Resident),
      shared: at(Process.Shared),
      faults: {
        minor: at(Process.Minor),
        major: at(Process.Major),
        cow: at(Process.Cow),
        protection: at(Process.Protection),
        segv: at(Process.Segv),
        bus: at(Process.Bus),
      },
    };
  });
  return all.sort((a, b) => a.pid - b.pid);
}

/** In the order in which they were named. @internal */
export function readFiles(core: Core, names: Names): FileStats[] {
  const { exports, enums } = core;
  const { File } = enums;
  const files: FileStats[] = [];
  for (let name = 1; name < names.count; name++) {
    if (!exports.describeFile(name)) continue;
    const found = core.numbers(exports.described.value, File.Length);
    const at = (slot: number): number => found[slot] ?? 0;
    files.push({
      name: names.text(name),
      bytes: at(File.Bytes),
      mappings: at(File.Mappings),
      resident: at(File.Resident),
      shared: at(File.Shared),
    });
  }
  return files;
}

/** @internal */
export function readCalls(core: Core): CallStats {
  const { exports, enums } = core;
  const made = core.numbers(exports.callsMade.value, enums.EventKind.Length);
  const failed = core.numbers(exports.callsFailed.value, enums.EventKind.Length);
  const codec = new EventCodec(core);
  const differing = core.numbers(exports.callsDiffering.value, enums.EventKind.Length);
  const byName: CallStats["byName"] = {};
  for (const [kind, count] of made.entries()) {
    if (count === 0) continue;
    byName[codec.nameOf(kind)] = { made: count, failed: failed[kind] ?? 0, differing: differing[kind] ?? 0 };
  }
  const sum = (counts: number[]) => counts.reduce((all, count) => all + count, 0);
  return {
    made: sum(made),
    failed: sum(failed),
    told: Number(exports.callsTold.value),
    differing: sum(differing),
    byName,
    differences: readDifferences(core, codec),
  };
}

function readDifferences(core: Core, codec: EventCodec): CallDifference[] {
  const { exports, enums } = core;
  const { Words } = enums.Differences;
  const found = core.u64(exports.differences.value, exports.differencesListed.value * Words);
  return Array.from({ length: exports.differencesListed.value }, (_, i) => {
    const [first = 0n, pid = 0n, errnos = 0n, wanted = 0n, result = 0n] = found.subarray(i * Words);
    const line = Number(BigInt.asUintN(32, first));
    const told = Number(BigInt.asUintN(32, errnos));
    const errno = Number(errnos >> 32n);
    const areAddresses = told === 0 && errno === 0;
    return {
      line: line || null,
      pid: Number(pid),
      call: codec.nameOf(Number(first >> 32n)),
      told: areAddresses ? hex(wanted) : errnoName(told),
      answered: areAddresses ? hex(result) : errnoName(errno),
    };
  });
}

function errnoName(number: number): string {
  if (number === 0) return "ok";
  return Object.entries(ERRNOS).find(([, value]) => value === number)?.[0] ?? String(number);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
