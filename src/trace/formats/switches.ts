import type { Output } from "../output.js";

/** Says who acts, where that changes. A process's first thread goes without its number. */
export class Switches {
  private readonly output: Output;
  private process: bigint | undefined;
  private thread: bigint | undefined;

  /** @param process who acts where nothing has been said yet */
  constructor(output: Output, process?: bigint) {
    this.output = output;
    this.process = process;
  }

  to(process: bigint, thread: bigint = process): void {
    const other = thread === process ? undefined : thread;
    if (process === this.process && other === this.thread) return;
    this.process = process;
    this.thread = other;
    this.output.event({ event: "switch", process, ...(other === undefined ? {} : { thread: other }) });
  }
}
