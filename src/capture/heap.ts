import type { SourcePlace, TraceEvent } from "../trace/events.js";
import { type Allocation, CELL_KIND, type Ring } from "./ring.js";
import type { Symbols } from "./symbols.js";
import type { Tape } from "./tape.js";

/** Puts a recorder's events on the tape, with their places in the source. */
export class HeapEvents {
  private readonly tape: Tape;
  private readonly symbols: Symbols;
  /** The place of each call site met, as the words of a row, by ring. */
  private readonly places = new WeakMap<Ring, Map<number, Words>>();
  /** Rows in the columns, and where the calls in them return to. */
  private rows: { row: Uint32Array; ip: number; ring: Ring }[] = [];
  private readonly allocation: Allocation = { kind: 0, ptr: 0, other: 0, size: 0, ip: 0 };

  constructor(tape: Tape, symbols: Symbols) {
    this.tape = tape;
    this.symbols = symbols;
  }

  /** Takes the ring's next event into the columns, if there is one. */
  take(ring: Ring): boolean {
    const { allocation } = this;
    if (!ring.next(allocation)) return false;
    this.rows.push({ row: this.tape.put(eventOf(allocation)), ip: allocation.ip, ring });
    return true;
  }

  /** Gives the events in the columns their places. */
  async place(): Promise<void> {
    const unknown = new Map<Ring, Set<number>>();
    for (const { ip, ring } of this.rows) {
      if (this.known(ring).has(ip)) continue;
      const ips = unknown.get(ring) ?? new Set();
      unknown.set(ring, ips.add(ip));
    }
    for (const [ring, ips] of unknown) await this.find(ring, [...ips]);
    const { File, Line } = this.tape.core.enums.EventRow;
    for (const { row, ip, ring } of this.rows) {
      const words = this.known(ring).get(ip);
      if (!words) continue;
      row[File] = words.file;
      row[Line] = words.line;
    }
    this.rows = [];
  }

  private known(ring: Ring): Map<number, Words> {
    const found = this.places.get(ring) ?? new Map<number, Words>();
    this.places.set(ring, found);
    return found;
  }

  private async find(ring: Ring, ips: number[]): Promise<void> {
    const places = await this.symbols.places(ips.map((ip) => ({ ip, module: ring.moduleOf(ip - 1) })));
    for (const [i, ip] of ips.entries()) {
      const { file, line } = places[i] as SourcePlace;
      this.known(ring).set(ip, { file: this.tape.strings.numberOf(file), line });
    }
  }
}

interface Words {
  file: number;
  line: number;
}

function eventOf({ kind, ptr, other, size }: Allocation): TraceEvent {
  const id = block(ptr);
  switch (kind) {
    case CELL_KIND.calloc:
      return { event: "calloc", id, count: BigInt(other), size: BigInt(size) };
    case CELL_KIND.realloc:
      return { event: "realloc", id: block(other), newId: id, size: BigInt(size) };
    case CELL_KIND.free:
      return { event: "free", id };
    case CELL_KIND.aligned:
      return { event: "malloc", id, size: BigInt(size), alignment: BigInt(other) };
    default:
      return { event: "malloc", id, size: BigInt(size) };
  }
}

function block(address: number): string {
  return `0x${address.toString(16)}`;
}
