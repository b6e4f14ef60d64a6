import type { Kind } from "../config/model.js";
import { kindNumber } from "../engine/codes.js";
import { Columns } from "../engine/columns.js";
import type { Core } from "../engine/core.js";
import { quote } from "../errors.js";
import { EventCodec } from "./eventcodec.js";
import type { TraceEvent } from "./events.js";
import { Strings } from "./strings.js";

/** Where a reader in TypeScript puts what it reads: a batch of the core, and what else the trace says. */
export class Output {
  readonly strings = new Strings();
  /** Counts, by name, of what is neither access nor event. */
  readonly other: Record<string, number> = {};
  /** The line that is read, from 1; 0 where the format has none. */
  line = 0;
  private readonly core: Core;
  private readonly columns: Columns;
  private readonly codec: EventCodec;
  /** What is where in a row: copied, for it is asked for millions of times. */
  private readonly slots: { A: number; B: number; C: number; Line2: number };

  constructor(core: Core) {
    this.core = core;
    const { A, B, C, Line2 } = core.enums.EventRow;
    this.slots = { A, B, C, Line2 };
    this.columns = new Columns(core);
    this.codec = new EventCodec(core);
  }

  /** Starts a batch. */
  begin(): void {
    this.strings.renew();
    this.columns.begin();
  }

  /** Records in the batch, and how many of them are events. */
  get records(): number {
    return this.columns.records;
  }

  get events(): number {
    return this.columns.events;
  }

  /** Whether there is no room for so many more. */
  isFull(spare: number): boolean {
    return this.columns.isFull(spare);
  }

  /** @param size in bytes; 0 counts as 1 @throws BadRecord above the largest size of a record */
  access(kind: Kind, address: bigint, size: number): void {
    this.checkSize(size);
    this.columns.access(kindNumber(this.core, kind), address, Math.max(size, 1));
  }

  /** @throws BadRecord above the largest size of a record */
  checkSize(size: number): void {
    const { MaxSize } = this.core.enums.Batch;
    if (size > MaxSize) throw new BadRecord(`the size ${size} is too large; want 0 to ${MaxSize}`);
  }

  event(event: TraceEvent): void {
    const kind = this.codec.kindOf(event.event);
    if (kind === undefined) throw new BadRecord(`there is no event ${quote(String(event.event))}`);
    const row = this.columns.event(kind);
    this.codec.write(row, event, this.strings);
    row[this.codec.linePlace] = this.line * 2;
  }

  /** An event whose fields are numbers below 2^53, and its `A`, `B` and `C`, faster. */
  numbers(kind: number, a: number, b = 0, c = 0): void {
    const { columns, slots } = this;
    const row = columns.eventAt(kind);
    const { words } = columns;
    words[row + slots.A] = a >>> 0;
    words[row + slots.A + 1] = a / 2 ** 32;
    words[row + slots.B] = b >>> 0;
    words[row + slots.B + 1] = b / 2 ** 32;
    words[row + slots.C] = c >>> 0;
    words[row + slots.C + 1] = c / 2 ** 32;
    words[row + slots.Line2] = this.line * 2;
  }

  count(name: string): void {
    this.other[name] = (this.other[name] ?? 0) + 1;
  }
}

/** Says why a piece of a trace is no record of its format. */
export class BadRecord extends Error {}
