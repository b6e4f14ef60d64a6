import type { Core } from "./core.js";

/** u32 halves of the columns' words, little-endian. */
const HALF = 2 ** 32;

/** Records that are copied faster one by one than as a part of an array. */
const SHORT = 24;

/** The core's columns and table of events, to be filled with a batch by a reader. */
export class Columns {
  /** Records put in since `begin`, and how many of them are events. */
  records = 0;
  events = 0;
  private readonly core: Core;
  private readonly capacity: number;
  private readonly eventCapacity: number;
  private addresses: Uint32Array = new Uint32Array(0);
  private infos: Uint32Array = new Uint32Array(0);
  private rows: Uint32Array = new Uint32Array(0);

  constructor(core: Core) {
    this.core = core;
    this.capacity = core.enums.Batch.Capacity;
    this.eventCapacity = core.enums.EventRow.Capacity;
  }

  /** Starts a batch. */
  begin(): void {
    this.renew();
    this.records = 0;
    this.events = 0;
  }

  /** Makes the views anew, which memory's growth detaches. */
  private renew(): void {
    const { core, capacity, eventCapacity } = this;
    const { addresses, infos, events } = core.exports;
    this.addresses = core.u32(addresses.value, 2 * capacity);
    this.infos = core.u32(infos.value, capacity);
    this.rows = core.u32(events.value, eventCapacity * core.enums.EventRow.Words);
  }

  /** Whether fewer than `spare` further records, or events, have room. */
  isFull(spare = 1): boolean {
    return this.records + spare > this.capacity || this.events + spare > this.eventCapacity;
  }

  /**
   * Adds an access.
   *
   * @param kind the core's number for it
   * @param size bytes, from 1 to `Batch.MaxSize`
   */
  access(kind: number, address: bigint, size: number): void {
    this.put(Number(address & 0xffffffffn), Number(address >> 32n), this.infoOf(kind, size));
  }

  /** The same of an address below 2^53. */
  accessAt(kind: number, address: number, size: number): void {
    this.put(address >>> 0, Math.floor(address / HALF), this.infoOf(kind, size));
  }

  /** Adds accesses [from, to) of other columns, which hold the halves of addresses, and infos. */
  copy(addresses: Uint32Array, infos: Uint32Array, from: number, to: number): void {
    if (to - from < SHORT) {
      for (let at = from; at < to; at++) {
        this.put(addresses[2 * at] ?? 0, addresses[2 * at + 1] ?? 0, infos[at] ?? 0);
      }
      return;
    }
    if (this.infos.length === 0) this.renew();
    this.addresses.set(addresses.subarray(2 * from, 2 * to), 2 * this.records);
    this.infos.set(infos.subarray(from, to), this.records);
    this.records += to - from;
  }

  /** Adds an event. Its row of zeros, to be filled; `EventRow` says what is where. */
  event(kind: number): Uint32Array {
    const from = this.eventAt(kind);
    return this.rows.subarray(from, from + this.core.enums.EventRow.Words);
  }

  /** The same. Where in `words` its row begins. */
  eventAt(kind: number): number {
    const { EventRow, Batch } = this.core.enums;
    if (this.rows.length === 0) this.renew();
    const from = this.events * EventRow.Words;
    for (let at = from; at < from + EventRow.Words; at++) this.rows[at] = 0;
    this.rows[from + EventRow.Kind] = kind;
    this.put(this.events++, 0x80000000, Batch.Event);
    return from;
  }

  /** The rows of events, one behind the other, until memory grows. */
  get words(): Uint32Array {
    return this.rows;
  }

  /** Keeps the access that stood at `from` before `begin`, which is not before those put in since. */
  keep(from: number): void {
    this.put(this.addresses[2 * from] ?? 0, this.addresses[2 * from + 1] ?? 0, this.infos[from] ?? 0);
  }

  private infoOf(kind: number, size: number): number {
    const { Batch } = this.core.enums;
    return (kind << Batch.KindShift) | ((size - 1) << Batch.SizeShift);
  }

  private put(low: number, high: number, info: number): void {
    if (this.infos.length === 0) this.renew();
    const at = this.records++;
    this.addresses[2 * at] = low;
    this.addresses[2 * at + 1] = high;
    this.infos[at] = info;
  }
}
