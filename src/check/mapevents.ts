import type { EventFields } from "../trace/events.js";
import type { Session } from "./session.js";

const PAGE = 4096n;
/** Where a heap of brk begins that the trace gives no address, above where mappings go. */
const BRK = 1n << 44n;

/** What a trace maps and unmaps, where that succeeds. @internal */
export class MapEvents {
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  mmap({ address, length, flags, name }: EventFields["mmap"]): void {
    const { session } = this;
    const found = session.resolve(address);
    if (!found || length === 0n || flags.includes("neither")) return;
    const start = found.va === 0n && !flags.includes("fixed") ? this.anywhere(length) : down(found.va);
    this.map(start, up(start + length));
    if (name !== undefined) session.process.names.set(name, session.plain(name, start));
  }

  munmap({ address, length }: EventFields["munmap"]): void {
    const found = this.session.resolve(address);
    if (found) this.unmap(down(found.va), up(found.va + length));
  }

  mremap(event: EventFields["mremap"]): void {
    const { session } = this;
    const { address, oldLength, newLength, mayMove, to, name } = event;
    const found = session.resolve(address);
    if (!found || newLength === 0n) return;
    const start = down(found.va);
    const [before, after] = [up(oldLength), up(newLength)];
    const moves =
      to !== undefined || (mayMove && after > before && !this.isFree(start + before, start + after));
    const target = to ?? (moves ? this.anywhere(after) : start);
    if (target === start) {
      if (after < before) this.unmap(start + after, start + before);
      else this.map(start + before, start + after);
    } else {
      this.map(target, target + after);
      session.checker.moveMemory(start, target, before < after ? before : after);
      this.unmap(start, start + before);
    }
    if (name !== undefined) session.process.names.set(name, session.plain(name, target));
  }

  brk({ address, name }: EventFields["brk"]): void {
    const found = this.session.resolve(address);
    if (found) this.moveBreak(found.va, name, "new");
  }

  sbrk({ increment, name }: EventFields["sbrk"]): void {
    const { end } = this.heap(0n);
    this.moveBreak(end + increment, name, "old");
  }

  /** Memory that a trace names: it is there, but nothing is mapped by it. */
  region({ address, length }: EventFields["region"]): void {
    const { session } = this;
    const found = session.resolve(address);
    if (!found) return;
    session.process.areas.add(found.va, found.va + length);
    session.checker.setAreas(session.process.areas.ranges);
  }

  /** There is memory, whatever was there. */
  known(from: bigint, to: bigint): void {
    this.map(from, to);
  }

  private moveBreak(to: bigint, name: string | undefined, named: "old" | "new"): void {
    const { process } = this.session;
    const heap = this.heap(to);
    const old = heap.end;
    if (to >= heap.start) {
      if (to > old) this.map(old, to);
      else this.unmap(to, old);
      heap.end = to;
    }
    const answer = named === "old" ? old : heap.end;
    if (name !== undefined) process.names.set(name, this.session.plain(name, answer));
  }

  /** The heap of brk, which begins where the first call puts it. */
  private heap(to: bigint): { start: bigint; end: bigint } {
    const { process, arenas } = this.session;
    const start = to === 0n ? arenas.maps + BRK : to;
    process.brk ??= { start, end: start };
    return process.brk;
  }

  private map(from: bigint, to: bigint): void {
    const { session } = this;
    session.process.areas.add(from, to);
    session.checker.forget(from, to, true);
    session.checker.setAreas(session.process.areas.ranges);
    session.has("mapped");
  }

  private unmap(from: bigint, to: bigint): void {
    const { session } = this;
    session.process.areas.remove(from, to);
    session.checker.forget(from, to, false);
    session.checker.setAreas(session.process.areas.ranges);
  }

  private anywhere(length: bigint): bigint {
    const { process } = this.session;
    const start = process.mapTop + PAGE;
    process.mapTop = up(start + length);
    return start;
  }

  private isFree(from: bigint, to: bigint): boolean {
    return !this.session.process.areas.ranges.some(([start, end]) => start < to && end > from);
  }
}

function down(va: bigint): bigint {
  return va & ~(PAGE - 1n);
}

function up(va: bigint): bigint {
  return (va + PAGE - 1n) & ~(PAGE - 1n);
}
