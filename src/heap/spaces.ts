import type { TraceEvent } from "../trace/events.js";
import { Blocks } from "./blocks.js";
import { Contents } from "./contents.js";
import { OpStream } from "./opstream.js";
import { Sites } from "./sites.js";

/** What a trace says of blocks that it does not know, where a tracer misses calls, and what was made of it. */
export interface Unknown {
  /** Frees of blocks of which no allocation is known: left out. */
  frees: number;
  /** Reallocs of such blocks: allocations. */
  reallocs: number;
  /** Blocks given out again of which no free is known: freed there. */
  missedFrees: number;
  /** Calls that failed in the program: left out. */
  failed: number;
}

/** The memory of a process from its start, or its last exec, on: its blocks, and what was done with them. */
export class Space {
  /** The process that it began with. */
  readonly pid: bigint;
  readonly ops: OpStream;
  readonly blocks: Blocks;
  readonly contents: Contents;
  readonly sites = new Sites();
  readonly unknown: Unknown;
  /** Entries of `ops` that say the alignment of the next, and are no operation by themselves. */
  alignments: number;
  private readonly inherited: number;

  /** @param from the memory that a fork copies */
  constructor(pid: bigint, from?: Space) {
    this.pid = pid;
    this.ops = new OpStream(from?.ops);
    this.blocks = new Blocks(from?.blocks);
    this.contents = new Contents(from?.contents);
    this.unknown = { ...(from?.unknown ?? { frees: 0, reallocs: 0, missedFrees: 0, failed: 0 }) };
    this.alignments = from?.alignments ?? 0;
    this.inherited = this.operations;
  }

  /** Operations, those before a fork too. */
  get operations(): number {
    return this.ops.length - this.alignments;
  }

  /** Those of the process itself. */
  get own(): number {
    return this.operations - this.inherited;
  }
}

/** Who runs in a trace, and in which memory. */
export class Spaces {
  current: Space;
  /** All that there were, in the order in which they began. */
  readonly all: Space[] = [];
  private running = 1n;
  private thread = 0n;
  private readonly byProcess = new Map<bigint, Space>();

  constructor() {
    this.current = this.begin(1n);
  }

  /** Acts upon an event of processes. */
  take(event: TraceEvent): void {
    if ("answer" in event && event.answer !== undefined && event.answer !== "ok") return;
    const { running, current } = this;
    if (event.event === "switch") this.switchTo(event.process, event.thread);
    else if (event.event === "fork") this.fork(event.child);
    else if (event.event === "vfork" || event.event === "clone") this.byProcess.set(event.child, current);
    else if (event.event === "exec") this.current = this.begin(running);
    else if (event.event === "exit") this.byProcess.delete(running);
  }

  /** Nothing more is read, and of all memories one is needed: gives up the others, and what finds its blocks. */
  close(space: Space): void {
    this.current = space;
    this.all.length = 0;
    this.byProcess.clear();
    space.blocks.close();
  }

  /** The stack that frames are pushed onto: that of a thread of a process, which may share its memory. */
  get stack(): string {
    return stackOf(this.running, this.thread);
  }

  private switchTo(process: bigint, thread = 0n): void {
    this.running = process;
    this.thread = thread;
    this.current = this.byProcess.get(process) ?? this.begin(process);
  }

  private fork(child: bigint): void {
    const { current } = this;
    this.begin(child, current).contents.fork(current.ops.length, this.stack, stackOf(child, 0n));
  }

  private begin(process: bigint, from?: Space): Space {
    const space = new Space(process, from);
    this.byProcess.set(process, space);
    this.all.push(space);
    return space;
  }
}

function stackOf(process: bigint, thread: bigint): string {
  return `${process}/${thread}`;
}
