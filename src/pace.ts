import { PagewalkError } from "./errors.js";

/** Milliseconds of work between two chances for signals, timers and progress. */
const TURN = 50;

/** Ends a long call on a signal, and lets the event loop turn now and then. */
export class Pace<P> {
  private readonly signal: AbortSignal | undefined;
  private readonly onProgress: ((progress: P) => void) | undefined;
  private last = performance.now();

  constructor(options: { signal?: AbortSignal; onProgress?: (progress: P) => void }) {
    this.signal = options.signal;
    this.onProgress = options.onProgress;
  }

  /** Does `work`, and waits for it or for the signal. @throws PagewalkError `E_ABORTED` */
  async race<T>(work: () => Promise<T>): Promise<T> {
    const { signal } = this;
    if (!signal) return work();
    this.check();
    let stop = () => {};
    const aborted = new Promise<never>((_, reject) => {
      stop = () => reject(interrupted());
      signal.addEventListener("abort", stop, { once: true });
    });
    try {
      return await Promise.race([work(), aborted]);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /** To be called between batches. @throws PagewalkError `E_ABORTED` */
  async turn(progress: () => P): Promise<void> {
    if (performance.now() - this.last < TURN) return;
    this.onProgress?.(progress());
    await new Promise((resolve) => setTimeout(resolve));
    this.last = performance.now();
    this.check();
  }

  /** @throws PagewalkError `E_ABORTED` */
  private check(): void {
    if (this.signal?.aborted) throw interrupted();
  }
}

function interrupted(): PagewalkError {
  return new PagewalkError("E_ABORTED", "interrupted; the results are of what was read so far");
}
