import type { Piscina } from "piscina";
import type { CompiledCore } from "../engine/core.js";
import { messageOf, PagewalkError } from "../errors.js";
import { type Answer, perform, type Task } from "./tasks.js";

/** The workers' code as it was built, seen from src/ and from dist/ alike. */
const WORKER = new URL("../../dist/sweep/worker.js", import.meta.url);
/** Times that a task is begun before it is given up. */
const TRIES = 3;

const hasThreads = typeof process !== "undefined" && Boolean(process.versions?.node);

/** Does tasks: in worker threads, or where there are none, by itself. @internal */
export class Crew {
  private readonly module: CompiledCore;
  private readonly jobs: number;
  private readonly worker: URL;
  private pool: Promise<Piscina> | undefined;

  /** @param worker the workers' code, for tests */
  constructor(module: CompiledCore, jobs: number, worker = WORKER) {
    this.module = module;
    this.jobs = jobs;
    this.worker = worker;
  }

  /**
   * Does a task once a worker is free. One whose worker dies is begun anew by another, twice at most.
   *
   * @throws PagewalkError `E_INTERNAL` for a task that all of them died of, `E_ABORTED` after `signal`
   */
  async run(task: Task, signal: AbortSignal): Promise<Answer> {
    if (!hasThreads) return perform(task, this.module);
    for (let times = 1; ; times++) {
      const pool = await this.threads();
      try {
        return (await pool.run(task, { signal })) as Answer;
      } catch (thrown) {
        if (signal.aborted)
          throw new PagewalkError("E_ABORTED", "interrupted; the results are of the cells that were done");
        if (times < TRIES) continue;
        const message = `the worker that answered it died ${TRIES} times: ${messageOf(thrown)}`;
        throw new PagewalkError("E_INTERNAL", message);
      }
    }
  }

  async close(): Promise<void> {
    const pool = this.pool;
    this.pool = undefined;
    await (await pool)?.destroy();
  }

  /** Threads are begun when there is something to do. */
  private threads(): Promise<Piscina> {
    this.pool ??= import("piscina").then(({ Piscina }) => {
      const pool = new Piscina({
        filename: this.worker.href,
        minThreads: 1,
        maxThreads: this.jobs,
        workerData: this.module,
        execArgv: [],
        // Workers need their event loop, for they read traces.
        atomics: "disabled",
      });
      // A worker that fails while it has no task may leave none that begins the others: their tasks are ended, and begun anew.
      pool.once("error", () => this.close());
      pool.on("error", () => {});
      return pool;
    });
    return this.pool;
  }
}
