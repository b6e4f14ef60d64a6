import { BadRecord, type Output } from "../output.js";
import { Switches } from "./switches.js";

/** How a new task comes to be. */
export type Birth = "fork" | "vfork" | "clone" | "thread";

export interface Process {
  id: bigint;
  threads: number;
  exited: boolean;
  /** The end of the heap, where that has been told. */
  break: bigint | undefined;
}

/** A call that makes a task and has not returned. The task may act before it does. */
interface Expected {
  parent: bigint;
  birth: Birth;
  child: bigint | undefined;
}

/** The thread of a trace that names none. */
export const UNNAMED = 0n;
/** The process that acts in such a trace. */
const FIRST = 1n;
const MAX_TASKS = 1 << 20;
const MAX_EXPECTED = 1 << 12;

/** Which thread belongs to which process, and who acts. */
export class Tasks {
  private readonly output: Output;
  private readonly switches: Switches;
  private readonly processes = new Map<bigint, Process>();
  private readonly expected: Expected[] = [];
  /** The thread that is called by its number only since there are others. */
  private first: bigint | undefined;

  constructor(output: Output) {
    this.output = output;
    this.switches = new Switches(output, FIRST);
  }

  /** The thread that a line speaks of, known from now on; `UNNAMED` for the one that goes without a number at first. */
  named(pid: bigint | undefined): bigint {
    if (pid === undefined) return this.unnamed();
    if (pid === this.first) return UNNAMED;
    if (this.processes.has(pid)) return pid;
    const unborn = this.expected.filter(({ child }) => child === undefined);
    const [expected] = unborn;
    if (expected) {
      if (unborn.length > 1) this.output.count("children of an uncertain parent");
      expected.child = pid;
      this.bear(expected.parent, pid, expected.birth);
      return pid;
    }
    if (this.first === undefined && this.processes.has(UNNAMED)) {
      this.first = pid;
      return UNNAMED;
    }
    this.add(pid, newProcess(pid));
    return pid;
  }

  of(thread: bigint): Process {
    return this.processes.get(thread) ?? this.add(thread, newProcess(thread));
  }

  /** What follows is done by this thread. */
  run(thread: bigint): void {
    const { id } = this.of(thread);
    this.switches.to(id, thread === UNNAMED ? id : thread);
  }

  /** A call has begun that makes a task. */
  expect(parent: bigint, birth: Birth): void {
    if (this.expected.length >= MAX_EXPECTED) throw new BadRecord("too many tasks are being made at once");
    this.expected.push({ parent, birth, child: undefined });
  }

  /** It has returned, with the task or without. */
  born(parent: bigint, birth: Birth, child: bigint | undefined): void {
    const at = this.expected.findIndex((expected) => expected.parent === parent);
    const [expected] = at < 0 ? [] : this.expected.splice(at, 1);
    if (child === undefined) return;
    if (expected?.child === child) return;
    // The task was taken for another parent's, and another's for this parent's.
    const mistaken = this.expected.find((other) => other.child === child);
    if (mistaken) mistaken.child = expected?.child;
    else this.bear(parent, child, birth);
  }

  /** A thread has ended; with the last one, its process. */
  end(thread: bigint): void {
    const process = this.of(thread);
    process.threads--;
    if (process.threads > 0 || process.exited) this.output.count("ends of threads");
    if (process.threads === 0) this.exit(thread);
    this.processes.delete(thread);
    this.born(thread, "fork", undefined);
  }

  /** The whole process has ended. */
  exit(thread: bigint): void {
    const process = this.of(thread);
    if (process.exited) return;
    this.run(thread);
    process.exited = true;
    this.output.event({ event: "exit" });
  }

  /** The only one left goes without its number again. */
  private unnamed(): bigint {
    const [left] = this.processes.keys();
    if (left !== undefined && !this.processes.has(UNNAMED)) return left;
    if (left === undefined) this.add(UNNAMED, newProcess(FIRST));
    return UNNAMED;
  }

  private bear(parent: bigint, child: bigint, birth: Birth): void {
    const process = this.of(parent);
    if (birth === "thread") {
      this.add(child, process);
      return;
    }
    this.run(parent);
    this.output.event({ event: birth, child, answer: "ok" });
    this.add(child, { ...newProcess(child), break: process.break });
  }

  private add(thread: bigint, process: Process): Process {
    if (this.processes.size >= MAX_TASKS) throw new BadRecord(`more than ${MAX_TASKS} tasks are alive`);
    this.processes.set(thread, process);
    process.threads++;
    return process;
  }
}

function newProcess(id: bigint): Process {
  return { id, threads: 0, exited: false, break: undefined };
}
