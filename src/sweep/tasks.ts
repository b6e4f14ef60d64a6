import { ACCESSES, type Config } from "../config/model.js";
import { type Failure, failureOf } from "../crew/failure.js";
import { openShared, type SharedSource } from "../crew/kept.js";
import { accessNumber } from "../engine/codes.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { Machine } from "../engine/machine.js";
import { outOfMemory } from "../engine/memory.js";
import type { MachineStats } from "../engine/stats.js";
import { PagewalkError } from "../errors.js";
import { replayOnce } from "../replay/once.js";
import type { TraceSummary } from "../trace/summary.js";
import { Lane, type LaneCounts, type LaneSpec, type Lookups } from "./lanes.js";
import type { SweepCell } from "./model.js";
import { type PackedWords, Unpacker } from "./packed.js";

/** What a worker is asked for: counts of lanes, of a machine behind a filter, or of a machine that sees the whole trace. @internal */
export type Task =
  | { what: "lanes"; words: PackedWords; lanes: LaneSpec[] }
  | { what: "filtered"; words: PackedWords; pageBits: number; lookups: Lookups; config: Config }
  | { what: "replay"; trace: SharedSource; config: Config }
  | { what: "hash"; path: string };

/** The counts of a cell. @internal */
export type CellCounts = Omit<SweepCell, "index" | "config" | "method">;

/** What a task came to; of a whole replay, also what the trace was. @internal */
export type Answer =
  | { what: "lanes"; counts: LaneCounts[] }
  | { what: "cell"; counts: CellCounts; trace?: TraceSummary; failure?: Failure }
  | { what: "failure"; failure: Failure }
  | { what: "hash"; sha256: string };

/** Does a task, in a core of its own. @internal */
export async function perform(task: Task, module: CompiledCore): Promise<Answer> {
  if (task.what === "hash") return { what: "hash", sha256: await hashOf(task.path) };
  if (task.what === "lanes") return lanes(task, await Core.create(module));
  try {
    if (task.what === "replay") return await whole(task, module);
    return filtered(task, await Machine.create(task.config, { module }));
  } catch (thrown) {
    if (!(thrown instanceof PagewalkError)) throw thrown;
    // Of a machine that is too large there are no counts; a trace that cannot be read is nobody's fault but its own.
    if (thrown.code === "E_TRACE") return { what: "failure", failure: failureOf(thrown) };
    return { what: "cell", counts: failed(thrown) };
  }
}

async function hashOf(path: string): Promise<string> {
  const [{ createReadStream }, { createHash }] = await Promise.all([
    import("node:fs"),
    import("node:crypto"),
  ]);
  const hash = createHash("sha256");
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest("hex");
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

async function whole({ trace, config }: Task & { what: "replay" }, module: CompiledCore): Promise<Answer> {
  const { result, failure } = await replayOnce(config, openShared(trace), {}, module);
  if (failure && failure.code !== "E_TRACE") throw failure;
  const { trace: summary } = result;
  const { accesses, unplaced } = summary;
  const counts = { ...countsOf({ ...result, accesses }), ...(unplaced > 0 ? { unplaced } : {}) };
  return { what: "cell", counts, trace: summary, ...(failure ? { failure: failureOf(failure) } : {}) };
}

type Counted = Pick<MachineStats, "accesses" | "tlb" | "walk" | "pages" | "faults" | "paging" | "cycles"> &
  Partial<Pick<MachineStats, "caches">>;

function countsOf({ accesses, tlb, walk, pages, faults, paging, cycles, caches }: Counted): CellCounts {
  return { accesses, tlb, walk, pages, faults, paging, ...(caches ? { caches } : {}), cycles };
}
