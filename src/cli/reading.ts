import type { PagewalkError } from "../errors.js";
import { PartialError, type Progress } from "../trace/read.js";
import { EXIT } from "./exit.js";
import type { TraceFlags } from "./options.js";
import { note } from "./output.js";
import { progressBar } from "./progress.js";

/** A result, and the error that ended the reading behind it. */
export interface Reading<R> {
  result: R;
  failure?: PagewalkError;
}

/**
 * Runs a long reading with a progress bar, and ends it on Ctrl-C with what was counted so far. A second
 * Ctrl-C ends the program.
 */
export async function reading<R extends { trace: { skipped: number } }>(
  flags: TraceFlags,
  read: (options: { onProgress: (progress: Progress) => void; signal: AbortSignal }) => Promise<R>,
): Promise<Reading<R>> {
  const bar = await progressBar(flags);
  const controller = new AbortController();
  const interrupt = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort();
  };
  process.on("SIGINT", interrupt);
  let outcome: Reading<R>;
  try {
    outcome = {
      result: await read({ onProgress: (progress) => bar.update(progress), signal: controller.signal }),
    };
  } catch (thrown) {
    if (!(thrown instanceof PartialError)) throw thrown;
    outcome = { result: thrown.partial as R, failure: thrown };
  } finally {
    process.off("SIGINT", interrupt);
    bar.stop();
  }
  const { skipped } = outcome.result.trace;
  if (skipped > 0) note(`${skipped} bad ${skipped === 1 ? "record was" : "records were"} passed over`, flags);
  return outcome;
}
