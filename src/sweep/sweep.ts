import { type CompiledCore, Core } from "../engine/core.js";
import { Machine } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { type RunResult, replay } from "../replay/replay.js";
import { PartialError } from "../trace/read.js";
import { openTrace, type Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import type { CellChoice, CellSpace, SweepAxes, SweepCell, SweepResult } from "./model.js";
import { spaceOf } from "./space.js";

export interface SweepProgress {
  done: number;
  cells: number;
  /** Since it began, and those that are left, where that can be told. */
  seconds: number;
  remaining: number | undefined;
  /** What it is at: `reading`, `replaying`. */
  what: string;
}

export interface SweepOptions extends CellChoice {
  jobs?: number;
  out?: string;
  resume?: boolean;
  force?: boolean;
  metrics?: "walk";
  signal?: AbortSignal;
  onProgress?: (progress: SweepProgress) => void;
  module?: CompiledCore;
}

export interface SweepRun extends AsyncIterable<SweepCell> {
  readonly space: CellSpace;
  /** @throws PartialError holding the result so far */
  result(): Promise<SweepResult>;
}

/** Answers every cell by a replay of its own. */
export function sweep(
  traces: Trace | string | readonly (Trace | string)[],
  axes: SweepAxes,
  options: SweepOptions = {},
): SweepRun {
  const list = (Array.isArray(traces) ? traces : [traces]) as readonly (Trace | string)[];
  const opened = list.map((trace) => (typeof trace === "string" ? openTrace(trace) : trace));
  const space = spaceOf(
    opened.map(({ name }) => name),
    axes,
    options,
  );
  const done: SweepCell[] = [];
  const summaries = new Map<number, RunResult["trace"]>();
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  async function* cells(): AsyncGenerator<SweepCell> {
    const module = options.module ?? (await Core.create()).module;
    for (const { index, values, trace, config } of space.cells) {
      const source = opened[trace];
      if (!source) continue;
      const machine = await Machine.create(config, { module });
      const { signal } = options;
      const made = await replay(machine, source, signal ? { signal } : {});
      summaries.set(trace, made.trace);
      const { tlb, walk, pages, faults, paging, caches, cycles } = made;
      const cell: SweepCell = {
        index,
        config: values,
        method: "replay",
        accesses: made.trace.accesses,
        tlb,
        walk,
        pages,
        faults,
        paging,
        ...(caches ? { caches } : {}),
        cycles,
      };
      done.push(cell);
      const rate = seconds() / done.length;
      options.onProgress?.({
        done: done.length,
        cells: space.cells.length,
        seconds: seconds(),
        remaining: rate * (space.cells.length - done.length),
        what: "replaying",
      });
      yield cell;
    }
  }
  const resultOf = (interrupted: boolean): SweepResult => {
    const traceOf = [...summaries.values()];
    const [first] = traceOf;
    if (!first) throw new PagewalkError("E_ABORTED", "sweep: ended before anything was counted");
    return deepFreeze({
      pagewalk: VERSION,
      schema: SCHEMA,
      trace: opened.length > 1 ? traceOf : first,
      config: space.config,
      axes: space.axes,
      cells: done,
      ...(space.impossible.length > 0 ? { impossible: space.impossible } : {}),
      ...(interrupted ? { interrupted: true as const } : {}),
      timing: { seconds: seconds(), cells: done.length, byMethod: { replay: done.length } },
    });
  };
  return {
    space,
    [Symbol.asyncIterator]: cells,
    async result() {
      try {
        for await (const _ of cells());
      } catch (thrown) {
        if (!(thrown instanceof PagewalkError)) throw thrown;
        if (done.length === 0 && !(thrown instanceof PartialError)) throw thrown;
        if (done.length === 0) summaries.set(0, (thrown as PartialError<RunResult>).partial.trace);
        throw new PartialError(thrown, resultOf(thrown.code === "E_ABORTED"));
      }
      return resultOf(false);
    },
  };
}
