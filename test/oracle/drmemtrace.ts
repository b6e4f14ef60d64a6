// DynamoRIO's records, written and read with a DataView, one at a time.

import type { Entry } from "../entries.js";
import type { OracleRecord } from "./machine.js";

/** type, size, address */
export type DrmemRecord = readonly [number, number, bigint];

const BYTES = 12;
const PREFETCHES = [2, 3, 4, 5, 6, 7, 8, 9, 27, ...Array.from({ length: 15 }, (_, i) => 32 + i)];
const FETCHED = [10, 11, 12, 13, 14, 15, 16, 30, 31, 48, 49];

export const HEADER: DrmemRecord = [25, 0, 7n];
export const FOOTER: DrmemRecord = [26, 0, 0n];
export const thread = (tid: bigint): DrmemRecord => [22, 4, tid];
export const pid = (pid: bigint): DrmemRecord => [24, 4, pid];
export const time = (time: bigint): DrmemRecord => [28, 2, time];
export const load = (va: bigint): DrmemRecord => [0, 8, va];

export function writeDrmem(records: readonly DrmemRecord[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(records.length * BYTES));
  for (const [i, [type, size, address]] of records.entries()) {
    view.setUint16(i * BYTES, type, true);
    view.setUint16(i * BYTES + 2, size, true);
    view.setBigUint64(i * BYTES + 4, address, true);
  }
  return new Uint8Array(view.buffer);
}

/** An access, whose it is, and the latest timestamp before it. */
interface Step {
  record: OracleRecord;
  process: bigint;
  thread: bigint;
  time: bigint;
}

/** What is in a file: its accesses, some counts, and the byte of the first record that is bad. */
export class DrmemOracle {
  readonly steps: Step[] = [];
  readonly counts: Record<string, number> = {};
  bad: number | undefined;
  private tid = 0n;
  private readonly pids = new Map<bigint, bigint>();
  private time = 0n;
  private last: { va: bigint; size: number } | undefined;
  private ended = false;
  private repeats = new Set<number>();

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += BYTES) {
      const whole = at + BYTES <= bytes.length;
      if (whole && this.record(view, at)) continue;
      this.bad = at;
      return;
    }
    if (!this.ended) this.bad = bytes.length;
  }

  private record(view: DataView, at: number): boolean {
    const type = view.getUint16(at, true);
    const size = view.getUint16(at + 2, true);
    const value = view.getBigUint64(at + 4, true);
    if ((type === 25) !== (at === 0) || this.ended || type > 49) return false;
    if (type === 0) this.access("load", value, size || 1);
    else if (type === 1) this.access("store", value, size || 1);
    else if (FETCHED.includes(type) || type === 29) this.instruction(type, size, value);
    else if (type === 17) return this.bundle(view, at, size);
    else if (type === 28) this.marker(size, value);
    else this.rest(type, value);
    return true;
  }

  private rest(type: number, value: bigint): void {
    if (PREFETCHES.includes(type)) this.count("prefetch");
    else this.count("unnamed");
    if (type === 22) this.tid = value;
    if (type === 24) this.pids.set(this.tid, value);
    if (type === 26) this.ended = true;
  }

  private instruction(type: number, size: number, va: bigint): void {
    const again = this.last?.va === va;
    if (size !== 0) this.last = { va, size };
    if (size === 0 && type !== 29) this.count("instruction of size 0");
    else if (type === 29 || (type === 30 && again)) this.count("instruction not fetched");
    else this.access("instruction", va, size);
  }

  private bundle(view: DataView, at: number, instructions: number): boolean {
    const lengths = Array.from({ length: Math.min(instructions, 8) }, (_, i) => view.getUint8(at + 4 + i));
    if (!this.last || instructions < 1 || instructions > 8 || lengths.includes(0)) return false;
    for (const size of lengths) {
      const va: bigint = BigInt.asUintN(64, this.last.va + BigInt(this.last.size));
      this.last = { va, size };
      this.access("instruction", va, size);
    }
    return true;
  }

  private marker(kind: number, value: bigint): void {
    if (kind === 2 && !this.repeats.has(2) && value > this.time) this.time = value;
    if (this.repeats.delete(kind)) this.count("marker repeated by a chunk");
    else this.count(kind === 2 ? "marker timestamp" : "unnamed");
    if (kind !== 2 && kind !== 3) this.repeats = new Set(kind === 22 ? [2, 3] : []);
  }

  private access(kind: "instruction" | "load" | "store", va: bigint, size: number): void {
    const process = this.pids.get(this.tid) ?? 0n;
    this.steps.push({ record: { va, size, kind }, process, thread: this.tid, time: this.time });
  }

  private count(name: string): void {
    this.counts[name] = (this.counts[name] ?? 0) + 1;
  }
}

/** The accesses of files side by side, the earliest first, with a switch wherever another thread goes on. */
export function merged(files: readonly Uint8Array[], byThread = false): Entry[] {
  const steps = files
    .flatMap((bytes, place) => new DrmemOracle(bytes).steps.map((step, i) => ({ ...step, place, i })))
    .sort((a, b) => (a.time === b.time ? a.place - b.place || a.i - b.i : a.time < b.time ? -1 : 1));
  let now = "0 0";
  return steps.flatMap(({ record, process, thread }) => {
    const before = now;
    now = `${process} ${thread}`;
    const known = thread === 0n ? {} : { thread };
    return before === now ? [record] : [{ process: byThread ? thread : process, ...known }, record];
  });
}
