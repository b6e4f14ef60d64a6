import type { Piscina } from "piscina";
import type { CompiledCore } from "../engine/core.js";
import { messageOf, PagewalkError } from "../errors.js";

/** Times that a task is begun before it is given up. @internal */
export const TRIES = 3;

const hasThreads = typeof process !== "undefined" && Boolean(process.versions?.node);

/** Who works. @internal */
export interface Hiring<Task, Answer> {
  /** The core that all of them share. */
  module: CompiledCore;
  /** Threads at most. */
  jobs: number;
  /** The workers' code as it was built: it does a task in the core that is its `workerData`. */
  worker: URL;
  /** The same in this thread. */
  perform: (task: Task, module: CompiledCore) => Promise<Answer>;
}

/** Does tasks: in worker threads, or where there are none, by itself. @internal */
export class Crew<Task, Answer> {
  private readonly its: Hiring<Task, Answer>;
  private pool: Promise<Piscina> | undefined;

  constructor(hiring: Hiring<Task, Answer>) {
    this.its = hiring;
  }

  /**
   * Does a task once a worker is free. One whose worker dies is begun anew by another, twice at most.
   *
   * @param tries times that it is begun, where it cannot be begun so often
   * @throws PagewalkError `E_INTERNAL` for a task that all of them died of, `E_ABORTED` after `signal`
   */
  async run(task: Task, signal: AbortSignal, tries = TRIES): Promise<Answer> {
    const { perform, module } = this.its;
    if (!hasThreads) return perform(task, module);
    for (let times = 1; ; times++) {
      const pool = await this.threads();
      try {
        return (await pool.run(task, { signal })) as Answer;
      } catch (thrown) {
        if (signal.aborted)
          throw new PagewalkError("E_ABORTED", "interrupted; the results are of what was done until then");
        if (times < tries) continue;
        const died = tries > 1 ? `died ${tries} times` : "died";
        const message = `the worker that answered it ${died}: ${messageOf(thrown)}`;
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
    const { worker, jobs, module } = this.its;
    this.pool ??= import("piscina").then(({ Piscina }) => {
      const pool = new Piscina({
        filename: worker.href,
        minThreads: 1,
        maxThreads: jobs,
        workerData: module,
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
