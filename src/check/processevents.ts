import type { CheckedProcess } from "./process.js";
import type { Session } from "./session.js";
import { StackEvents } from "./stackevents.js";

/** Processes that begin, become other programs, and end. @internal */
export class ProcessEvents {
  private readonly session: Session;
  private readonly stack: StackEvents;
  private readonly atExit: (process: CheckedProcess) => void;

  /** @param atExit is told of a process whose memory is about to go, while it is entered */
  constructor(session: Session, atExit: (process: CheckedProcess) => void) {
    this.session = session;
    this.stack = new StackEvents(session);
    this.atExit = atExit;
  }

  switchTo(process: bigint, thread: bigint | undefined): void {
    this.session.run(Number(process), Number(thread ?? 0n));
  }

  /** A child with a copy of the memory. */
  fork(child: bigint): void {
    const { session } = this;
    const { process, thread, checker } = session;
    const number = Number(child);
    // What runs cannot be its own child.
    if (number === session.running) return;
    this.replace(number);
    session.enter(process);
    const copy = process.fork(checker.fork(number), number, session.running, thread);
    session.processes.set(number, copy);
    session.enter(process);
  }

  /** A child in the same memory: a clone, or a vfork until it becomes another program. */
  share(child: bigint): void {
    const { session } = this;
    const { process } = session;
    if (Number(child) === session.running) return;
    this.replace(Number(child));
    session.enter(process);
    process.users++;
    session.processes.set(Number(child), process);
  }

  /** Another program in the process: nothing is left of what was there. */
  exec(): void {
    const { session } = this;
    const { process, running } = session;
    this.leave(process, running);
    const fresh = session.begin(running);
    session.processes.set(running, fresh);
    session.enter(fresh);
  }

  exit(): void {
    const { session } = this;
    this.end(session.process, session.running);
    session.processes.delete(session.running);
    session.run(session.running);
  }

  /** At the end of the trace: all that is left. */
  endAll(): void {
    for (const process of new Set(this.session.processes.values())) {
      this.session.enter(process);
      this.atExit(process);
    }
  }

  /** A child is to have a number: what has it yet ends. */
  private replace(number: number): void {
    const process = this.session.processes.get(number);
    if (process) this.end(process, number);
  }

  private end(process: CheckedProcess, number: number): void {
    this.session.enter(process);
    if (process.users === 1) this.atExit(process);
    this.leave(process, number);
  }

  /** Lets go of a process's memory, which is entered. */
  private leave(process: CheckedProcess, number: number): void {
    process.users--;
    if (process.users === 0) this.session.checker.leave();
    else this.stack.popAll(process, number);
  }
}
