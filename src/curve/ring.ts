// Columns of lookups on their way from the thread that reads a trace to those that have pools: a ring of slots that all of them share.
//
//   control   i32   | slots written * 2 + has ended | slots read by reader 0 | by reader 1 | ...
//   slot      f64   | runs | switches | pages | processes | first now | first process | its now | -
//             then the runs, and the rows of switches, as `assembly/curve/lookups.ts` draws them

import type { Core } from "../engine/core.js";

/** Some half a million records. */
const SLOTS = 16;
const HEAD = 64;
const RUN = 8;
const ROW = 16;
const WRITTEN = 0;
const READ = 1;

/** A ring as it goes from thread to thread. @internal */
export interface SharedRing {
  control: SharedArrayBuffer;
  slots: SharedArrayBuffer;
}

/** The side that writes. @internal */
export class Ring {
  readonly shared: SharedRing;
  private readonly core: Core;
  private readonly control: Int32Array;

  constructor(core: Core, readers: number) {
    this.core = core;
    this.shared = {
      control: new SharedArrayBuffer(4 * (READ + readers)),
      slots: new SharedArrayBuffer(SLOTS * slotBytes(core)),
    };
    this.control = new Int32Array(this.shared.control);
  }

  /** Slots that were written. */
  get written(): number {
    return Atomics.load(this.control, WRITTEN) >> 1;
  }

  /** Whether some reader is a whole ring behind. */
  get isFull(): boolean {
    const { control, written } = this;
    for (let at = READ; at < control.length; at++) {
      if (written - Atomics.load(control, at) >= SLOTS) return true;
    }
    return false;
  }

  /** Writes the core's column; there must be room. */
  put(): void {
    const { core, shared, control, written } = this;
    const { exports } = core;
    const slot = slotAt(core, shared, written);
    const runs = exports.runCount.value;
    const rows = exports.switchCount.value;
    slot.head.set([
      runs,
      rows,
      exports.pageCount.value,
      exports.processCount.value,
      Number(exports.firstNow.value),
      exports.firstProcess.value,
      Number(exports.firstProcessNow.value),
    ]);
    slot.runs.set(core.bytes(exports.runs.value, runs * RUN));
    slot.rows.set(core.bytes(exports.switches.value, rows * ROW));
    Atomics.store(control, WRITTEN, (written + 1) * 2);
    Atomics.notify(control, WRITTEN);
  }

  /** No more is written. */
  end(): void {
    Atomics.or(this.control, WRITTEN, 1);
    Atomics.notify(this.control, WRITTEN);
  }
}

/**
 * The side that reads, as `number` of its readers: calls `look` with each column in a core of its own, until the last. The thread sleeps
 * while there is none.
 *
 * @internal
 */
export function readRing(core: Core, shared: SharedRing, number: number, look: () => void): void {
  const control = new Int32Array(shared.control);
  for (let read = 0; isThere(control, read); read++) {
    fill(core, slotAt(core, shared, read));
    look();
    Atomics.store(control, READ + number, read + 1);
  }
}

/** Waits for a slot. False at the end. */
function isThere(control: Int32Array, slot: number): boolean {
  while (true) {
    const word = Atomics.load(control, WRITTEN);
    if (word >> 1 > slot) return true;
    if (word & 1) return false;
    Atomics.wait(control, WRITTEN, word);
  }
}

/** Puts a slot into the core's column. */
function fill(core: Core, { head, runs, rows }: Slot): void {
  const { exports } = core;
  const [runCount = 0, rowCount = 0, pages = 0, processes = 0, now = 0, process = 0, processNow = 0] = head;
  core.bytes(exports.runs.value, runCount * RUN).set(runs.subarray(0, runCount * RUN));
  core.bytes(exports.switches.value, rowCount * ROW).set(rows.subarray(0, rowCount * ROW));
  exports.setColumn(runCount, pages, processes, BigInt(now), process, BigInt(processNow));
}

interface Slot {
  head: Float64Array;
  runs: Uint8Array;
  rows: Uint8Array;
}

function slotAt(core: Core, { slots }: SharedRing, number: number): Slot {
  const at = (number % SLOTS) * slotBytes(core);
  const { Capacity } = core.enums.Runs;
  return {
    head: new Float64Array(slots, at, HEAD / 8),
    runs: new Uint8Array(slots, at + HEAD, Capacity * RUN),
    rows: new Uint8Array(slots, at + HEAD + Capacity * RUN, Capacity * ROW),
  };
}

function slotBytes(core: Core): number {
  return HEAD + core.enums.Runs.Capacity * (RUN + ROW);
}
