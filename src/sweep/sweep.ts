import { Crew } from "../crew/crew.js";
import { cores, JOBS } from "../crew/jobs.js";
import { lasting } from "../crew/kept.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { compileCore } from "../engine/wasm.js";
import { PagewalkError } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { checkOptions, type Wanted, YES_OR_NO } from "../options.js";
import { PartialError } from "../trace/read.js";
import { openTrace, type Trace } from "../trace/trace.js";
import { SCHEMA, VERSION } from "../version.js";
import type { CellsFile } from "./cellsfile.js";
import { Estimate, type ReadingSoFar } from "./estimate.js";
import type {
  CellChoice,
  CellSpace,
  Method,
  PlannedCell,
  SweepAxes,
  SweepCell,
  SweepResult,
  SweepTrace,
} from "./model.js";
import { spaceOf } from "./space.js";
import { type Answer, type CellCounts, perform, type Task } from "./tasks.js";
import { TraceSweep } from "./tracesweep.js";

export interface SweepProgress {
  /** Cells that are answered, of all. */
  done: number;
  cells: number;
  /** Since the sweep began, and until it is expected to end: undefined while nothing tells. */
  seconds: number;
  remaining: number | undefined;
  what: "reading" | "replaying";
}

export interface SweepOptions extends CellChoice {
  /** Worker threads; all cores without it. */
  jobs?: number;
  /** A file to write each cell to as soon as it is done. In Node only. */
  out?: string;
  /** Goes on with what `out` holds. */
  resume?: boolean;
  /** Writes over `out`. */
  force?: boolean;
  /** `walk`: every cell has the figures of walks, though that takes longer. */
  metrics?: "walk";
  /** A compiled core (`compileCore`), to share it. */
  module?: CompiledCore;
  /** Called some times a second. */
  onProgress?: (progress: SweepProgress) => void;
  /** Ends it: with the cells that were done. */
  signal?: AbortSignal;
}

/**
 * A sweep that is under way: its cells as they are done, and in the end all of them. It begins with the first look at it; a loop that is left before its
 * end ends the sweep, unless its result was asked for.
 */
export interface SweepRun extends AsyncIterable<SweepCell> {
  /** The cells that there are to be. */
  readonly space: CellSpace;
  /**
   * All cells in axis order, frozen.
   *
   * @throws PartialError (a PagewalkError) with the result so far, as `replay` does
   * @throws PagewalkError `E_OPTION` for an `out` that is not to be written, `E_OUTPUT` for one that cannot be
   */
  result(): Promise<SweepResult>;
}

/**
 * Answers what each of many machines would count, one for each combination of values of the axes. Each is answered by the cheapest way that is
 * exact (`method`): with others in one pass, by a replay of what a filter leaves, or by a whole replay.
 *
 * @param traces a trace or a path, or several: then the trace is the first axis
 * @param axes values by configuration path; the last axis moves fastest
 * @throws PagewalkError `E_OPTION` or `E_CONFIG` with everything that is wrong with axes, conditions and machines
 */
export function sweep(
  traces: Trace | string | readonly (Trace | string)[],
  axes: SweepAxes,
  options: SweepOptions = {},
): SweepRun {
  const all = (Array.isArray(traces) ? traces : [traces]) as readonly (Trace | string)[];
  const opened = all.map((each) => (typeof each === "string" ? openTrace(each) : each));
  if (opened.length === 0) throw new PagewalkError("E_OPTION", "sweep: no trace; want one or more");
  checkOptions("sweep", options, WANTED);
  if (options.resume && options.out === undefined) {
    throw new PagewalkError("E_OPTION", "sweep: resume goes on with a file of cells; want out beside it");
  }
  const space = spaceOf(
    opened.map(({ name }) => name),
    axes,
    options,
  );
  return new Sweep(opened, space, options);
}

/** The workers' code as it was built, seen from src/ and from dist/ alike. */
const WORKER = new URL("../../dist/sweep/worker.js", import.meta.url);
const WANTED: Readonly<Record<string, Wanted>> = {
  jobs: JOBS,
  out: { want: "the path of a file", is: (value) => typeof value === "string" && value !== "" },
  resume: YES_OR_NO,
  force: YES_OR_NO,
  skipImpossible: YES_OR_NO,
  metrics: { want: '"walk"', is: (value) => value === "walk" },
  module: {
    want: "a WebAssembly.Module, as compileCore gives",
    is: (value) => value instanceof WebAssembly.Module,
  },
  onProgress: { want: "a function", is: (value) => typeof value === "function" },
  signal: { want: "an AbortSignal", is: (value) => value instanceof AbortSignal },
  // Looked at with the axes.
  preset: { want: "the name of a preset", is: () => true },
  set: { want: "assignments", is: () => true },
  config: { want: "a configuration", is: () => true },
  zip: { want: "groups of paths", is: () => true },
  constraints: { want: "conditions", is: () => true },
};

/** Milliseconds between two calls of `onProgress` while tasks are done. */
const TURN = 200;

class Sweep implements SweepRun {
  readonly space: CellSpace;
  private readonly traces: readonly Trace[];
  private readonly options: SweepOptions;
  private readonly answered: SweepCell[] = [];
  private readonly summaries: SweepTrace[] = [];
  private failure: unknown;
  private hasEnded = false;
  private running: Promise<void> | undefined;
  private wake: (() => void)[] = [];
  private seconds = 0;
  /** A loop over the cells was left, and nobody asked for the result. */
  private readonly left = new AbortController();
  private isAsked = false;

  constructor(traces: readonly Trace[], space: CellSpace, options: SweepOptions) {
    this.traces = traces;
    this.space = space;
    this.options = options;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SweepCell, void> {
    this.begin();
    try {
      for (let at = 0; ; at++) {
        while (at >= this.answered.length && !this.hasEnded) {
          await new Promise<void>((resolve) => this.wake.push(resolve));
        }
        const cell = this.answered[at];
        if (cell) yield cell;
        else if (this.failure) throw this.failed();
        else return;
      }
    } finally {
      if (!this.isAsked) this.left.abort();
      await this.running;
    }
  }

  async result(): Promise<SweepResult> {
    this.isAsked = true;
    await this.begin();
    if (this.failure) throw this.failed();
    return this.soFar();
  }

  private begin(): Promise<void> {
    this.running ??= this.run()
      .catch((thrown) => {
        this.failure = thrown;
      })
      .finally(() => {
        this.hasEnded = true;
        this.ring();
      });
    return this.running;
  }

  private async run(): Promise<void> {
    const { options, space } = this;
    const jobs = options.jobs ?? (await cores());
    const started = performance.now();
    const module = options.module ?? (await compileCore());
    const file = options.out === undefined ? undefined : await this.openFile(options.out);
    const crew = new Crew<Task, Answer>({ module, jobs, worker: WORKER, perform });
    const estimate = new Estimate(jobs);
    let what: SweepProgress["what"] = "reading";
    let reading: ReadingSoFar | undefined;
    const tell = () => {
      const { seconds } = estimate;
      const remaining = estimate.remaining(reading);
      options.onProgress?.({
        done: this.answered.length,
        cells: space.cells.length,
        seconds,
        remaining,
        what,
      });
    };
    const timer = options.onProgress ? setInterval(tell, TURN) : undefined;
    try {
      const unanswered = await this.goOn(file, crew);
      for (const [number, trace] of this.traces.entries()) {
        const cells = unanswered.filter((cell) => cell.trace === number);
        if (cells.length === 0 && this.summaries[number]) continue;
        const core = await Core.create(module);
        const source = await lasting(trace);
        const hash = this.hash(number, file, crew);
        // It is waited for before a cell is written; what ends the sweep sooner is told by itself.
        hash.catch(() => {});
        const onReading = (progress: typeof reading) => {
          reading = progress;
          what = progress ? "reading" : "replaying";
          if (progress) tell();
        };
        const done = async (cell: PlannedCell, method: Method, counts: CellCounts) => {
          await hash;
          this.put(cell, method, counts, file);
        };
        const work = new TraceSweep({
          source,
          core,
          crew,
          jobs,
          estimate,
          options: { ...options, signal: this.signal },
          onReading,
          done,
        });
        try {
          await work.run(cells);
        } finally {
          if (work.summary) this.summaries[number] = { ...work.summary, path: trace.path };
        }
        await hash;
        // What was cut off may be whole another time.
        if (work.failure) throw work.failure;
        const summary = this.summaries[number];
        if (summary) file?.putSummary(number, summary);
      }
    } finally {
      clearInterval(timer);
      this.seconds = (performance.now() - started) / 1000;
      await crew.close();
      file?.close();
    }
  }

  private async openFile(path: string): Promise<CellsFile> {
    const { CellsFile } = await import("./cellsfile.js");
    const { resume = false, force = false } = this.options;
    return CellsFile.open(path, this.traces, { resume, force });
  }

  /** Takes over what an earlier run did. The cells that are left. */
  private async goOn(file: CellsFile | undefined, crew: Crew<Task, Answer>): Promise<readonly PlannedCell[]> {
    const { cells } = this.space;
    if (!file || file.cells.size === 0) return cells;
    for (const [number, sha256] of file.hashes) {
      const trace = this.traces[number];
      if (!trace || (await hashOf(trace, crew, this.signal)) === sha256) continue;
      const message = `${trace.path}: is not what it was when ${this.options.out} was begun; want another out, or force`;
      throw new PagewalkError("E_OPTION", message, { file: trace.path });
    }
    const left: PlannedCell[] = [];
    for (const cell of cells) {
      const before = file.cells.get(this.keyOf(cell, file));
      if (before) this.answered.push(deepFreeze({ ...before, index: cell.index, config: cell.values }));
      else left.push(cell);
    }
    if (this.answered.length === 0) {
      const message = `${this.options.out}: none of its ${file.cells.size} cells is one of this sweep; want the machine, axes and options that it was begun with, another out, or force`;
      throw new PagewalkError("E_OPTION", message);
    }
    for (const [number, summary] of file.summaries) this.summaries[number] = summary;
    this.ring();
    return left;
  }

  /** The hash of a trace's whole content, computed beside its reading. */
  private async hash(number: number, file: CellsFile | undefined, crew: Crew<Task, Answer>): Promise<void> {
    const trace = this.traces[number];
    if (!file || !trace || file.hashes.has(number) || !file.isKnown(number)) return;
    file.putHash(number, await hashOf(trace, crew, this.signal));
  }

  private put(cell: PlannedCell, method: Method, counts: CellCounts, file: CellsFile | undefined): void {
    const { index, values } = cell;
    const answered: SweepCell = deepFreeze({ index, config: values, method, ...counts });
    if (!counts.error) file?.put(this.keyOf(cell, file), answered);
    this.answered.push(answered);
    this.ring();
  }

  private keyOf(cell: PlannedCell, file: CellsFile): string {
    const trace = this.traces[cell.trace] as Trace;
    return file.keyOf(cell, trace, this.options.metrics);
  }

  private get signal(): AbortSignal {
    const { signal } = this.options;
    return signal ? AbortSignal.any([signal, this.left.signal]) : this.left.signal;
  }

  private ring(): void {
    for (const wake of this.wake.splice(0)) wake();
  }

  private failed(): unknown {
    const { failure } = this;
    return failure instanceof PagewalkError && this.summaries.length > 0
      ? new PartialError(failure, this.soFar())
      : failure;
  }

  private soFar(): SweepResult {
    const { space, answered, summaries, failure } = this;
    const cells = [...answered].sort((a, b) => a.index - b.index);
    const byMethod: Partial<Record<Method, number>> = {};
    for (const { method } of cells) byMethod[method] = (byMethod[method] ?? 0) + 1;
    const interrupted = failure instanceof PagewalkError && failure.code === "E_ABORTED";
    return deepFreeze({
      pagewalk: VERSION,
      schema: SCHEMA,
      trace: this.traces.length === 1 ? (summaries[0] as SweepTrace) : [...summaries],
      config: space.config,
      axes: space.axes,
      cells,
      ...(space.impossible.length > 0 ? { impossible: space.impossible } : {}),
      ...(interrupted ? { interrupted: true as const } : {}),
      timing: { seconds: this.seconds, cells: cells.length, byMethod },
    });
  }
}

async function hashOf({ source }: Trace, crew: Crew<Task, Answer>, signal: AbortSignal): Promise<string> {
  const answer = await crew.run({ what: "hash", path: String(source) }, signal);
  return answer.what === "hash" ? answer.sha256 : "";
}
