// Physical memory: where pages and tables are put. Of no consequence for most counts; data caches and nested tables see it.

import type { Shape } from "./shapes.js";

/** What physical memory there is does not suffice for a replay. */
export class OutOfMemory extends Error {}

const WINDOW = 1n << 26n;

export class Physical {
  private readonly page: bigint;
  private readonly end: bigint;
  private readonly wide: boolean;
  private nextTable: bigint;
  private nextPage: bigint;
  /** Frames in use, of a narrow memory. */
  private readonly taken = new Set<bigint>();
  /** Tables that were freed, by their bytes: the last is taken first. */
  private readonly freed = new Map<number, bigint[]>();

  /** Up to 32 bits of address are narrow: pages come down from the top to meet tables. Else pages start at 4 GiB. */
  constructor({ paBits, pageBits }: Pick<Shape, "paBits" | "pageBits">, firstTable: bigint) {
    this.page = 1n << BigInt(pageBits);
    this.end = 1n << BigInt(paBits);
    this.wide = paBits > 32;
    this.nextTable = firstTable;
    this.nextPage = this.wide ? 1n << 32n : this.end;
  }

  /** The address of a new page, aligned to its size. */
  takePage(bits: bigint): bigint {
    const bytes = 1n << bits;
    if (this.wide) {
      const at = roundUp(this.nextPage, bytes);
      this.nextPage = at + bytes;
      if (this.nextPage > this.end) throw new OutOfMemory("no physical memory is left");
      return at;
    }
    for (let at = this.nextPage - (this.nextPage % bytes) - bytes; at >= 0n; at -= bytes) {
      if (!this.isFree(at, bytes)) continue;
      this.mark(at, bytes, true);
      this.nextPage = at;
      return at;
    }
    throw new OutOfMemory("no physical memory is left");
  }

  freePage(at: bigint, bits: bigint): void {
    if (this.wide) return;
    const bytes = 1n << bits;
    this.mark(at, bytes, false);
    if (at + bytes > this.nextPage) this.nextPage = at + bytes;
  }

  /** The address of a new table, at the beginning of a page. */
  takeTable(size: number): bigint {
    const again = this.freed.get(size)?.pop();
    if (again !== undefined) return again;
    const bytes = BigInt(size);
    if (this.wide) {
      const at = roundUp(this.nextTable, bytes > this.page ? bytes : this.page);
      this.nextTable = at + bytes;
      return at;
    }
    const whole = roundUp(bytes, this.page);
    for (let at = 0n; at + whole <= this.end && at + whole <= WINDOW; at += this.page) {
      if (!this.isFree(at, whole)) continue;
      this.mark(at, whole, true);
      return at;
    }
    throw new OutOfMemory("no physical memory is left");
  }

  freeTable(at: bigint, size: number): void {
    const list = this.freed.get(size) ?? [];
    list.push(at);
    this.freed.set(size, list);
  }

  private isFree(at: bigint, bytes: bigint): boolean {
    for (let frame = at; frame < at + bytes; frame += this.page) if (this.taken.has(frame)) return false;
    return true;
  }

  private mark(at: bigint, bytes: bigint, used: boolean): void {
    for (let frame = at; frame < at + bytes; frame += this.page) {
      if (used) this.taken.add(frame);
      else this.taken.delete(frame);
    }
  }
}

function roundUp(value: bigint, to: bigint): bigint {
  return ((value + to - 1n) / to) * to;
}
