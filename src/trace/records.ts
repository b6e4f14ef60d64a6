import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import type { EventCodec } from "./eventcodec.js";
import type { TraceEvent } from "./events.js";
import type { Strings } from "./strings.js";

/** The records of a slice of the core's columns. It holds until the core's next call. @internal */
export class Records {
  readonly from: number;
  readonly to: number;
  /** Accesses among them; the rest are events. */
  readonly accesses: number;
  /** None of them has a row: all are plain accesses. */
  readonly arePlain: boolean;
  readonly strings: Strings;
  /** The halves of addresses, and infos, by record. */
  readonly addresses: Uint32Array;
  readonly infos: Uint32Array;
  private readonly core: Core;
  /** The rows of the events, one behind the other. */
  readonly rows: Uint32Array;

  constructor(core: Core, slice: Slice, strings: Strings) {
    const { exports, enums } = core;
    this.core = core;
    this.from = slice.from;
    this.to = slice.to;
    this.accesses = slice.accesses;
    this.arePlain = slice.rows === 0;
    this.strings = strings;
    this.addresses = core.u32(exports.addresses.value, 2 * slice.to);
    this.infos = core.u32(exports.infos.value, slice.to);
    this.rows = core.u32(exports.events.value, slice.rows * enums.EventRow.Words);
  }

  /** Where in `rows` the row of an event begins; -1 for an access. */
  rowAt(at: number): number {
    const { Batch, EventRow } = this.core.enums;
    if (this.arePlain || !((this.infos[at] ?? 0) & Batch.Event)) return -1;
    return (this.addresses[2 * at] ?? 0) * EventRow.Words;
  }

  /** The row of an event; undefined for an access. */
  row(at: number): Uint32Array | undefined {
    const from = this.rowAt(at);
    return from < 0 ? undefined : this.rows.subarray(from, from + this.core.enums.EventRow.Words);
  }

  event(at: number, codec: EventCodec): TraceEvent | undefined {
    const row = this.row(at);
    return row && codec.read(row, this.strings);
  }

  /** The core's number for an access's kind. */
  kind(at: number): number {
    const { KindShift, KindMask } = this.core.enums.Batch;
    return ((this.infos[at] ?? 0) >> KindShift) & KindMask;
  }

  size(at: number): number {
    return ((this.infos[at] ?? 0) >>> this.core.enums.Batch.SizeShift) + 1;
  }

  /** Adds up to `most` accesses of [from, to), events that are accesses among them, to counts by kind. Their number. */
  tally(from: number, to: number, most: number, counts: number[]): number {
    const { Batch, EventKind, EventRow } = this.core.enums;
    const { Event, KindShift, KindMask } = Batch;
    const { infos } = this;
    let left = most;
    for (let at = from; at < to && left > 0; at++) {
      const info = infos[at] ?? 0;
      let flags = info >> KindShift;
      if (info & Event) {
        const row = this.rowAt(at);
        if (this.rows[row + EventRow.Kind] !== EventKind.Access) continue;
        flags = this.rows[row + EventRow.Flags] ?? 0;
      }
      counts[flags & KindMask] = (counts[flags & KindMask] ?? 0) + 1;
      left--;
    }
    return most - left;
  }
}
