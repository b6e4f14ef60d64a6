import { PagewalkError } from "../../errors.js";
import { deepFreeze } from "../../freeze.js";
import type { HeapPolicy } from "../../heap/policy.js";
import { EventCodec } from "../../trace/eventcodec.js";
import type { TraceEvent } from "../../trace/events.js";
import type { Strings } from "../../trace/strings.js";
import type { Machine } from "../machine.js";
import { Cores } from "./cores.js";
import { RunningProcess } from "./owner.js";
import { type HeapSnapshot, type Op, ProcessHeap } from "./processheap.js";
import {
  type HeapCounts,
  type HeapError,
  type HeapReport,
  type ProcessHeapStats,
  statsOf,
} from "./report.js";

/** What an allocator aligns its start to, as its payloads. */
const ALIGNMENT = 16n;
/** A size that no heap has, which stands for all that do not fit in 32 bits. */
const TOO_LARGE = 0xffffffff;
/** Errors that are listed. */
const LISTED = 20;

/** The address that stands for NULL among the names of blocks. */
const NULL_ID = "0x0";

/** What an operation counts as. */
const COUNTED = {
  malloc: "allocations",
  aligned: "allocations",
  calloc: "allocations",
  realloc: "reallocations",
  free: "frees",
} as const satisfies Record<Op, keyof HeapCounts>;

type Allocation = Extract<TraceEvent, { event: "malloc" | "calloc" | "realloc" | "free" }>;

/** A heap by its number in the core: itself; or, of a process that was forked and has not used it, what it was then. */
interface Held {
  heap: ProcessHeap | null;
  copied?: HeapSnapshot;
  counts?: HeapCounts;
  /** What it was when it was dropped. */
  last?: ProcessHeapStats;
}

/** The heaps of a machine's processes, and the allocations of its traces. @internal */
export class Heaps {
  private readonly machine: Machine;
  private readonly policy: HeapPolicy;
  private readonly codec: EventCodec;
  private readonly process: RunningProcess;
  private readonly cores: Cores;
  private readonly held = new Map<number, Held>();
  private numbers = 0;
  private events = 0;
  /** Of every heap that was used, in the order in which they began. */
  private readonly used: (Held & { counts: HeapCounts })[] = [];
  private readonly errors: HeapError[] = [];
  private errorsTotal = 0;

  constructor(machine: Machine, policy: HeapPolicy) {
    this.machine = machine;
    this.policy = policy;
    this.codec = new EventCodec(machine.core);
    this.process = new RunningProcess(machine);
    this.cores = new Cores(machine.core.module);
    const { hooks, exports } = machine.core;
    hooks.forked = (parent) => this.forked(parent);
    hooks.dropped = (heap) => this.dropped(heap);
    exports.actOnHeaps(true);
  }

  /** Acts upon the event of a row. What its accesses came to (`Outcome`). */
  take(row: Uint32Array, strings: Strings, record: number, carries: boolean): number {
    const { Outcome, EventRow } = this.machine.core.enums;
    const event = this.codec.read(row, strings) as Allocation;
    this.events++;
    this.begin(BigInt(record), carries || this.machine.config.memory.contents);
    this.machine.core.exports.setErrno(0);
    const line = (row[EventRow.Line2] ?? 0) >>> 1;
    const problem = this.machine.core.exports.gone.value ? "process-ended" : this.act(event);
    if (problem)
      this.note({ kind: problem, id: idOf(event, problem), pid: this.pid, line: line || null, record });
    return this.process.faulted ? Outcome.Faulted : Outcome.Done;
  }

  /** Whether an access of the operation that was performed last ended in a fault. */
  get hasFaulted(): boolean {
    return this.process.faulted;
  }

  /** What the running process's heap knows the block at an address by; 0: there is none. */
  payloadAt(address: bigint): number {
    return this.machine.core.exports.heapNumber() === 0 ? 0 : (this.own().heap?.payloadOf(address) ?? 0);
  }

  /** Performs an operation for a program on the running process's heap: where its block is then, 0 for none; null where there is no room. */
  perform(op: Op, a: number, b: number): bigint | null {
    this.begin(0n, true);
    const { heap, counts } = this.own();
    counts[COUNTED[op]]++;
    const payload = heap ? this.run(heap, counts, op, a, b) : 0;
    if (heap && payload !== 0) return op === "free" ? 0n : heap.addressOf(payload);
    if (op === "realloc" && b === 0) return 0n;
    this.fail(counts);
    return null;
  }

  /** What was made of the traces' allocations; undefined where there were none. */
  report(): HeapReport | undefined {
    if (this.used.length === 0 && this.errorsTotal === 0) return undefined;
    const processes = this.used.map(({ counts, heap, last }) => last ?? statsOf(counts, heap, false));
    const sum = (key: "allocations" | "frees" | "failed" | "loads" | "stores") =>
      processes.reduce((all, each) => all + each[key], 0);
    return deepFreeze({
      events: this.events,
      allocations: sum("allocations"),
      frees: sum("frees"),
      failed: sum("failed"),
      loads: sum("loads"),
      stores: sum("stores"),
      processes: processes.sort((a, b) => a.pid - b.pid),
      errors: [...this.errors],
      errorsTotal: this.errorsTotal,
    });
  }

  private get pid(): number {
    return Number(this.machine.core.exports.runningProcess());
  }

  private begin(record: bigint, carries: boolean): void {
    this.process.record = record;
    this.process.carries = carries;
    this.process.faulted = false;
    this.process.moved = false;
  }

  /** Performs what a trace says, and binds the names. What is wrong with it, if anything is. */
  private act(event: Allocation): HeapError["kind"] | undefined {
    switch (event.event) {
      case "malloc":
        return this.allocate(event.id, ...mallocOf(event.size, event.alignment));
      case "calloc":
        return this.allocate(event.id, "calloc", clamp(event.count), clamp(event.size));
      case "realloc":
        return this.reallocate(event.id, event.newId, event.size);
      case "free":
        // The name alone is what the block begins at.
        return event.offset ? "free-inside" : this.release(event.id);
    }
  }

  private allocate(id: string, op: Op, a: number, b: number): HeapError["kind"] | undefined {
    const { exports } = this.machine.core;
    const name = this.machine.names.numberOf(id);
    if (exports.payloadNamed(name) !== 0) return "id-in-use";
    const { heap, counts } = this.own();
    counts.allocations++;
    const payload = heap ? this.run(heap, counts, op, a, b) : 0;
    if (payload === 0) {
      this.fail(counts);
      this.wants(exports.unbindFromBlock(name));
    } else if (heap) {
      this.wants(exports.bindToBlock(name, heap.addressOf(payload), payload));
    }
    return undefined;
  }

  private reallocate(id: string, newId: string, size: bigint): HeapError["kind"] | undefined {
    // What was refused where the trace is from changed nothing there.
    if (newId === NULL_ID && size !== 0n) return undefined;
    if (id === NULL_ID) return this.allocate(newId, "malloc", clamp(size), 0);
    const { exports } = this.machine.core;
    const name = this.machine.names.numberOf(id);
    const newName = this.machine.names.numberOf(newId);
    const old = exports.payloadNamed(name) >>> 0;
    const isOther = name !== newName;
    const isInUse = isOther && exports.payloadNamed(newName) !== 0;
    if (old === 0) {
      if (isOther && !isInUse) this.wants(exports.unbindFromBlock(newName));
      return exports.namesBlock(name) ? "realloc-of-freed" : "realloc-of-unknown";
    }
    if (isInUse) return "id-in-use";
    if (size === 0n) {
      if (isOther) this.wants(exports.unbindFromBlock(newName));
      return this.release(id);
    }
    const { heap, counts } = this.own();
    if (!heap) return undefined;
    counts.reallocations++;
    const moved = this.run(heap, counts, "realloc", old, clamp(size));
    if (moved === 0) {
      this.fail(counts);
      if (isOther) this.wants(exports.unbindFromBlock(newName));
      return undefined;
    }
    if (isOther) this.wants(exports.bindToBlock(name, exports.blockNamed(name), 0));
    this.wants(exports.bindToBlock(newName, heap.addressOf(moved), moved));
    return undefined;
  }

  private release(id: string): HeapError["kind"] | undefined {
    const { exports } = this.machine.core;
    const name = this.machine.names.numberOf(id);
    const payload = exports.payloadNamed(name) >>> 0;
    if (payload === 0) return exports.namesBlock(name) ? "double-free" : "free-of-unknown";
    const { heap, counts } = this.own();
    if (!heap) return undefined;
    counts.frees++;
    const isFreed = this.run(heap, counts, "free", payload, 0) !== 0;
    this.wants(exports.bindToBlock(name, exports.blockNamed(name), 0));
    // A program had freed it by its address.
    return isFreed ? undefined : "double-free";
  }

  private run(heap: ProcessHeap, counts: HeapCounts, op: Op, a: number, b: number): number {
    return this.counted(counts, () => heap.perform(op, a, b));
  }

  private counted<T>(counts: HeapCounts, perform: () => T): T {
    const { exports } = this.machine.core;
    const loads = exports.heapLoads.value;
    const stores = exports.heapStores.value;
    const result = perform();
    counts.loads += Number(exports.heapLoads.value - loads);
    counts.stores += Number(exports.heapStores.value - stores);
    return result;
  }

  private fail(counts: HeapCounts): void {
    const { exports, enums } = this.machine.core;
    counts.failed++;
    if (this.process.moved) counts.breakMoved = true;
    exports.setErrno(enums.Errno.ENOMEM);
  }

  /** The heap of the running process, made at its first use; null: there is no room for it. */
  private own(): { heap: ProcessHeap | null; counts: HeapCounts } {
    const { exports } = this.machine.core;
    let number = exports.heapNumber() >>> 0;
    if (number === 0) {
      number = ++this.numbers;
      this.held.set(number, { heap: null });
      this.wants(exports.setHeapNumber(number));
    }
    const held = this.held.get(number);
    if (!held) throw new PagewalkError("E_INTERNAL", `heap ${number} is none`);
    const counts = held.counts ?? this.use(held);
    const { copied } = held;
    if (copied) {
      held.heap = ProcessHeap.copy(this.cores, this.process, copied);
      delete held.copied;
    }
    held.heap ??= this.counted(counts, () => this.open());
    return { heap: held.heap, counts };
  }

  private use(held: Held): HeapCounts {
    const counts: HeapCounts = {
      pid: this.pid,
      allocations: 0,
      reallocations: 0,
      frees: 0,
      failed: 0,
      loads: 0,
      stores: 0,
      breakMoved: false,
    };
    this.used.push(Object.assign(held, { counts }));
    return counts;
  }

  private open(): ProcessHeap | null {
    const { exports } = this.machine.core;
    const now = BigInt.asUintN(64, exports.breakNow());
    const start = ((now + ALIGNMENT - 1n) / ALIGNMENT) * ALIGNMENT;
    if (start > now && !this.process.sbrk(now, Number(start - now))) return null;
    return ProcessHeap.begin(this.cores, this.policy, this.process, start);
  }

  private forked(parent: number): number {
    const held = this.held.get(parent);
    const copied = held?.copied ?? held?.heap?.snapshot();
    if (!copied) return 0;
    this.held.set(++this.numbers, { heap: null, copied });
    return this.numbers;
  }

  private dropped(number: number): void {
    const held = this.held.get(number);
    this.held.delete(number);
    if (!held?.counts) return;
    held.last = statsOf(held.counts, held.heap, true);
    held.heap?.end();
    held.heap = null;
  }

  private note(error: HeapError): void {
    this.errorsTotal++;
    if (this.errors.length < LISTED) this.errors.push(error);
  }

  private wants(done: unknown): void {
    if (!done)
      throw new PagewalkError(
        "E_MEMORY",
        "the names of blocks do not fit in the 4 GiB that WebAssembly can address",
      );
  }
}

/** What the event names that is wrong, as the trace writes it. */
function idOf(event: Allocation, problem: HeapError["kind"]): string {
  if (event.event === "realloc" && problem === "id-in-use") return event.newId;
  if (event.event !== "free" || !event.offset) return event.id;
  return `${event.id}${event.offset < 0n ? "" : "+"}${event.offset}`;
}

function clamp(size: bigint): number {
  return size < BigInt(TOO_LARGE) ? Number(size) : TOO_LARGE;
}

function mallocOf(size: bigint, alignment: bigint | undefined): [Op, number, number] {
  if (alignment === undefined) return ["malloc", clamp(size), 0];
  // No power of two, for what is none of 32 bits.
  return ["aligned", clamp(size), alignment < 1n << 32n ? Number(alignment) : 3];
}
