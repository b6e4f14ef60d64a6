import { KINDS } from "../config/model.js";
import { kindNumber } from "../engine/codes.js";
import { Core } from "../engine/core.js";
import { Cursor } from "./cursor.js";
import { EventCodec } from "./eventcodec.js";
import type { TraceEvent } from "./events.js";
import type { TraceHead } from "./feed.js";
import { Records } from "./records.js";
import type { Trace } from "./trace.js";

/** Some of a trace's records, in order. The arrays are the reader's to keep. */
export interface TraceBatch {
  /** The number of the first access in the trace, from 1, those that were left out counted. */
  record: number;
  /** An address of 64 bits, the size in bytes, and the place of the kind in `KINDS`, of each access. */
  addresses: BigUint64Array;
  sizes: Uint32Array;
  kinds: Uint8Array;
  /** What happened before access `before` of the batch; `before` is the number of accesses for what follows the last. */
  events: { before: number; event: TraceEvent }[];
}

/** What is known of a trace that is being read. */
export interface TraceProgress extends TraceHead {
  /** Accesses and events handed out so far. */
  records: number;
  events: number;
  /** Records left out, by `skip`, `kinds` or `sample`. */
  filtered: number;
  /** Bad records passed over. */
  skipped: number;
  /** Processes that the trace names, other than in `switch` events. */
  processes: readonly number[];
  /** Counts, by name, of what is neither access nor event. */
  other: Readonly<Record<string, number>>;
}

/** One reading of a trace, batch by batch. @internal */
export class Iteration {
  readonly cursor: Cursor;
  private readonly core: Core;
  private readonly codec: EventCodec;
  private records = 0;
  private events = 0;

  private constructor(core: Core, trace: Trace) {
    this.core = core;
    this.codec = new EventCodec(core);
    this.cursor = new Cursor(core, trace);
  }

  static async begin(trace: Trace): Promise<Iteration> {
    return new Iteration(await Core.create(trace.options.module), trace);
  }

  get progress(): TraceProgress {
    const { head, filtered, skipped, processes, other } = this.cursor;
    const { records, events } = this;
    return { ...head, records, events, filtered, skipped, processes, other: { ...other } };
  }

  async next(): Promise<TraceBatch | undefined> {
    const slice = await this.cursor.next();
    if (!slice) return undefined;
    const records = new Records(this.core, slice, this.cursor.strings);
    const batch = this.copy(records, Number(slice.record) + (slice.selected ? 0 : slice.from));
    this.records += slice.accesses;
    this.events += slice.to - slice.from - slice.accesses;
    return batch;
  }

  private copy(records: Records, record: number): TraceBatch {
    const places = KINDS.map((kind) => kindNumber(this.core, kind));
    const most = records.to - records.from;
    const halves = new Uint32Array(2 * most);
    const sizes = new Uint32Array(most);
    const kinds = new Uint8Array(most);
    const events: TraceBatch["events"] = [];
    let length = 0;
    for (let at = records.from; at < records.to; at++) {
      const event = records.event(at, this.codec);
      if (event) {
        events.push({ before: length, event });
        continue;
      }
      halves[2 * length] = records.addresses[2 * at] ?? 0;
      halves[2 * length + 1] = records.addresses[2 * at + 1] ?? 0;
      sizes[length] = records.size(at);
      kinds[length++] = places.indexOf(records.kind(at));
    }
    const addresses = new BigUint64Array(halves.buffer, 0, length);
    return { record, addresses, sizes: sizes.subarray(0, length), kinds: kinds.subarray(0, length), events };
  }
}
