import { kindNumber } from "../engine/codes.js";
import type { HeapEvents } from "./heap.js";
import type { Ring } from "./ring.js";
import type { Runner, Tape } from "./tape.js";

/** What native/recorder.c says by the word that it stores to on its page. */
const MARK = { event: 0, pause: 8, resume: 16, enter: 24, leave: 32 };

/** A thread, and what the recorder does in it. */
export interface Thread extends Runner {
  /** The last fetch was of the recorder's code; the recorder is busy elsewhere. */
  inside: boolean;
  paused: boolean;
}

/**
 * Turns a recorder's marks among the accesses of one process into events, and leaves out what the recorder itself did.
 * An access belongs to the fetch before it.
 */
export class Marks {
  private readonly tape: Tape;
  private readonly heap: HeapEvents;
  private readonly enter: number;
  private readonly leave: number;

  constructor(tape: Tape, heap: HeapEvents) {
    this.tape = tape;
    this.heap = heap;
    this.enter = tape.codec.kindOf("allocator enter") ?? 0;
    this.leave = tape.codec.kindOf("allocator leave") ?? 0;
  }

  /** Goes over the first `records` of the columns, all of them the thread's accesses. What is left of them is in `columns`. */
  apply(records: number, ring: Ring, thread: Thread): void {
    const { core, columns } = this.tape;
    const { KindShift, KindMask } = core.enums.Batch;
    const instruction = kindNumber(core, "instruction");
    const addresses = core.u32(core.exports.addresses.value, 2 * records);
    const infos = core.u32(core.exports.infos.value, records);
    columns.begin();
    for (let at = 0; at < records; at++) {
      const address = (addresses[2 * at] ?? 0) + (addresses[2 * at + 1] ?? 0) * 2 ** 32;
      const isFetch = (((infos[at] ?? 0) >> KindShift) & KindMask) === instruction;
      if (isFetch) thread.inside = address >= ring.textStart && address < ring.textEnd;
      if (!thread.inside && !thread.paused) columns.keep(at);
      else if (!isFetch && thread.inside) this.read(address - ring.page, ring, thread);
    }
  }

  private read(mark: number, ring: Ring, thread: Thread): void {
    if (mark === MARK.event) this.heap.take(ring);
    else if (mark === MARK.pause) thread.paused = true;
    else if (mark === MARK.resume) thread.paused = false;
    else if (mark === MARK.enter || mark === MARK.leave) {
      const allocating = mark === MARK.enter;
      if (allocating === thread.allocating) return;
      thread.allocating = allocating;
      this.tape.columns.eventAt(allocating ? this.enter : this.leave);
    }
  }
}
