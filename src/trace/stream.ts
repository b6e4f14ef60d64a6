import { Columns } from "../engine/columns.js";
import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { Strings } from "./strings.js";

/** Batches of a core's columns that are put together from the records of other cores. @internal */
export class Stream {
  readonly strings = new Strings();
  private readonly core: Core;
  private readonly columns: Columns;
  /** 0, 1, 2 .. */
  private readonly places: Uint32Array;
  private ordinals: Uint32Array = new Uint32Array(0);
  /** Accesses in the batch, and in those before it. */
  private taken = 0;
  private before = 0;

  constructor(core: Core) {
    this.core = core;
    this.columns = new Columns(core);
    this.places = Uint32Array.from({ length: core.enums.Batch.Capacity }, (_, i) => i);
  }

  /** Starts a batch. Nothing may grow the core's memory until it is full. */
  begin(): void {
    const { exports, enums } = this.core;
    this.strings.renew();
    this.columns.begin();
    this.ordinals = this.core.u32(exports.ordinals.value, enums.Batch.Capacity);
    this.before += this.taken;
    this.taken = 0;
  }

  /** Records in the batch. */
  get records(): number {
    return this.columns.records;
  }

  /** Records that have room yet. */
  get room(): number {
    return this.places.length - this.columns.records;
  }

  get hasRoomForEvent(): boolean {
    return !this.columns.isFull();
  }

  /** Adds accesses [from, to) of other columns. */
  accesses(addresses: Uint32Array, infos: Uint32Array, from: number, to: number): void {
    const { records } = this.columns;
    const end = this.taken + to - from;
    if (to - from === 1) this.ordinals[records] = this.taken;
    else this.ordinals.set(this.places.subarray(this.taken, end), records);
    this.columns.copy(addresses, infos, from, to);
    this.taken = end;
  }

  /** Adds an event by its row, whose strings are those of `strings`. */
  event(row: Uint32Array, strings: Strings): void {
    const { EventKind, EventRow } = this.core.enums;
    const kind = row[EventRow.Kind] ?? 0;
    this.ordinals[this.columns.records] = this.taken;
    const copy = this.columns.event(kind);
    copy.set(row);
    for (const at of [EventRow.Name, EventRow.Text, EventRow.File, EventRow.Base]) {
      if (row[at]) copy[at] = this.strings.numberOf(strings.text(row[at]));
    }
    if (kind === EventKind.Access) this.taken++;
  }

  /** The batch. Accesses are numbered through all batches. */
  get slice(): Slice {
    const { records, events } = this.columns;
    const record = BigInt(this.before + 1);
    return { from: 0, to: records, record, selected: events > 0, accesses: this.taken, rows: events };
  }
}
