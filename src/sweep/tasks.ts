import { ACCESSES, type Config } from "../config/model.js";
import { accessNumber } from "../engine/codes.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { Machine } from "../engine/machine.js";
import { outOfMemory } from "../engine/memory.js";
import type { MachineStats } from "../engine/stats.js";
import { PagewalkError } from "../errors.js";
import { type RunResult, replay } from "../replay/replay.js";
import { PartialError } from "../trace/read.js";
import type { TraceSummary } from "../trace/summary.js";
import { openTrace, type TraceOptions } from "../trace/trace.js";
import { Lane, type LaneCounts, type LaneSpec, type Lookups } from "./lanes.js";
import type { SweepCell } from "./model.js";
import { type PackedWords, Unpacker } from "./packed.js";

/** Where a worker reads a trace: a file, or bytes that all share. @internal */
export interface SharedSource {
  source: string | SharedArrayBuffer;
  options: TraceOptions;
}

/** What a worker is asked for: counts of lanes, of a machine behind a filter, or of a machine that sees the whole trace. @internal */
export type Task =
  | { what: "lanes"; words: PackedWords; lanes: LaneSpec[] }
  | { what: "filtered"; words: PackedWords; pageBits: number; lookups: Lookups; config: Config }
  | { what: "replay"; trace: SharedSource; config: Config };

/** The counts of a cell. @internal */
export type CellCounts = Omit<SweepCell, "index" | "config" | "method">;

/** What a task came to; of a whole replay, also what the trace was. @internal */
export type Answer =
  | { what: "lanes"; counts: LaneCounts[] }
  | { what: "cell"; counts: CellCounts; trace?: TraceSummary };

/** Does a task, in a core of its own. @internal */
export async function perform(task: Task, module: CompiledCore): Promise<Answer> {
  if (task.what === "lanes") return lanes(task, await Core.create(module));
  try {
    const machine = await Machine.create(task.config, { module });
    return task.what === "filtered" ? filtered(task, machine) : await whole(task, machine);
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    return { what: "cell", counts: failed(thrown) };
  }
}

/** A cell that has no counts. @internal */
export function failed({ code, message }: PagewalkError): CellCounts {
  return { accesses: 0, tlb: {}, walk: { walks: 0 }, error: { code, message } };
}

function lanes({ words, lanes }: Task & { what: "lanes" }, core: Core): Answer {
  const unpacker = new Unpacker(core);
  const opened = lanes.map((spec) => new Lane(core, unpacker.column, spec));
  unpacker.run(words, () => {
    for (const lane of opened) lane.run();
  });
  return { what: "lanes", counts: opened.map((lane) => lane.counts()) };
}

/** The machine makes the lookups that the filter left; the others repeat, and are charged. */
function filtered({ words, pageBits, lookups }: Task & { what: "filtered" }, machine: Machine): Answer {
  const { core } = machine;
  const { exports, enums } = core;
  const unpacker = new Unpacker(core);
  if (!exports.openColumns()) throw outOfMemory(core, machine.config);
  unpacker.run(words, () => {
    const records = exports.recordsOf(unpacker.column, pageBits);
    const { wordAddresses, wordInfos } = exports;
    exports.openReplaying(wordAddresses.value, wordInfos.value, records, 1n, false);
    if (exports.resume(0) !== enums.Status.Ok) throw outOfMemory(core, machine.config);
  });
  const counters = core.counters();
  for (const access of ACCESSES) {
    const number = accessNumber(core, access);
    const made = counters[enums.Counter.InstructionLookups + number] ?? 0;
    exports.chargeRepeats(number, BigInt(lookups[access] - made));
  }
  return { what: "cell", counts: countsOf(machine.stats()) };
}

async function whole({ trace }: Task & { what: "replay" }, machine: Machine): Promise<Answer> {
  const { source, options } = trace;
  const bytes = typeof source === "string" ? source : new Uint8Array(source);
  const result = await replay(machine, openTrace(bytes, options)).catch((thrown) => {
    // What breaks a trace off is told by the pass that all cells share; every one of them counts what comes before.
    if (thrown instanceof PartialError && thrown.code === "E_TRACE") return thrown.partial as RunResult;
    throw thrown;
  });
  const { trace: summary } = result;
  return { what: "cell", counts: countsOf({ ...result, accesses: summary.accesses }), trace: summary };
}

type Counted = Pick<MachineStats, "accesses" | "tlb" | "walk" | "pages" | "faults" | "paging" | "cycles"> &
  Partial<Pick<MachineStats, "caches">>;

function countsOf({ accesses, tlb, walk, pages, faults, paging, cycles, caches }: Counted): CellCounts {
  return { accesses, tlb, walk, pages, faults, paging, ...(caches ? { caches } : {}), cycles };
}
