import type { EventFields } from "../trace/events.js";
import type { How } from "./process.js";
import type { Session } from "./session.js";

const PAGE = 4096n;
/** Where a heap of brk begins that the trace gives no address, above where mappings go. */
const BRK = 1n << 44n;
/** Addresses that a mapping may have, as on Linux: from 64 KiB to below the last page of 47 bits. */
const LOWEST = 65536n;
const TOP = (1n << 47n) - PAGE;
/** No address is above it. */
const END = (1n << 64n) - 1n;
/** Advice after which a page may hold what was not stored to it, here or in a child. */
const UNSURE = ["free", "dontfork", "wipeonfork"];

const OWN: How = { isCommon: false, isClosed: false };

/**
 * What a trace maps and unmaps. A call of which it does not say what it answered succeeds where it would on Linux: one that fails changes nothing.
 * @internal
 */
export class MapEvents {
  private readonly session: Session;
  /** How files are open. */
  private readonly files = new Map<string, { mayRead: boolean; mayWrite: boolean }>();

  constructor(session: Session) {
    this.session = session;
  }

  mmap(event: EventFields["mmap"]): void {
    const { session } = this;
    const { address, length, flags, name, protection, answer } = event;
    const found = session.resolve(address);
    session.has("mapped");
    if (!found || length === 0n || flags.includes("neither")) return;
    const isTold = answer === "ok";
    if (!isTold && !this.mayMap(event)) return;
    const start = isTold ? this.toldPlace(found.va, length) : this.placeOf(found.va, up(length), flags);
    if (start === undefined) return;
    const isCommon = flags.includes("shared") || fileOf(event) !== undefined;
    this.map(start, up(start + length), { isCommon, isClosed: !protection.includes("write") });
    if (flags.includes("locked")) session.process.hasLocked = true;
    if (name !== undefined) session.process.names.set(name, session.plain(name, start));
  }

  munmap({ address, length, answer }: EventFields["munmap"]): void {
    const found = this.session.resolve(address);
    if (!found || length === 0n) return;
    if (answer !== "ok" && !isRange(found.va, up(length))) return;
    this.unmap(down(found.va), up(found.va + length));
  }

  mremap(event: EventFields["mremap"]): void {
    const { session } = this;
    const { address, newLength, name, answer } = event;
    const found = session.resolve(address);
    const [before, after] = [pagesOf(event.oldLength), pagesOf(newLength)];
    if (!found || after === 0n) return;
    const start = down(found.va);
    if (answer !== "ok" && (start !== found.va || !this.mappings.mapped.has(start))) return;
    const target = answer === "ok" ? this.toldTarget(event, start) : this.targetOf(event, start);
    if (target === undefined) return;
    const how = this.mappings.at(start);
    if (target !== start) {
      this.map(target, target + after, how);
      session.checker.moveMemory(start, target, before < after ? before : after);
      this.unmap(start, start + before);
    } else if (after < before) {
      this.unmap(start + after, start + before);
    } else {
      this.map(start + before, start + after, how);
    }
    if (name !== undefined) session.process.names.set(name, session.plain(name, target));
  }

  mprotect({ address, length, protection, answer }: EventFields["mprotect"]): void {
    const found = this.session.resolve(address);
    if (!found) return;
    const from = down(found.va);
    const to = up(found.va + length);
    if (answer === "ok") this.mappings.closed.put(from, to, !protection.includes("write"));
    if (answer === "ok" || from !== found.va) return;
    // Up to the first hole.
    const end = this.mappings.mapped.endOf(from);
    this.mappings.closed.put(from, end < to ? end : to, !protection.includes("write"));
  }

  madvise({ address, length, advice, answer }: EventFields["madvise"]): void {
    const { process, checker } = this.session;
    const { mapped, common } = this.mappings;
    const found = this.session.resolve(address);
    if (!found || (answer !== "ok" && found.va !== down(found.va))) return;
    const isGone = advice === "dontneed_locked" || (advice === "dontneed" && !process.hasLocked);
    const isUnsure = UNSURE.includes(advice) || (advice === "dontneed" && process.hasLocked);
    for (const [from, to] of mapped.within(down(found.va), up(found.va + length))) {
      // What others share, or a file holds, stays.
      if (isGone) for (const [low, high] of common.around(from, to)) checker.zero(low, high);
      if (isUnsure) common.put(from, to, true);
    }
  }

  /** Memory that is locked keeps what it holds. */
  mlock(): void {
    this.session.process.hasLocked = true;
  }

  brk({ address, name, answer }: EventFields["brk"]): void {
    const found = this.session.resolve(address);
    if (!found) return;
    this.moveBreak(found.va, answer === "ok");
    if (name === undefined) return;
    this.session.process.names.set(name, this.session.plain(name, this.heap(0n).end));
  }

  sbrk({ increment, name }: EventFields["sbrk"]): void {
    const old = this.heap(0n).end;
    const isMoved = this.moveBreak(old + increment, false);
    if (name !== undefined && isMoved) this.session.process.names.set(name, this.session.plain(name, old));
  }

  file({ name, readOnly, writeOnly = false }: EventFields["file" | "open"]): void {
    this.files.set(name, { mayRead: !writeOnly, mayWrite: !readOnly });
  }

  close({ name }: EventFields["close"]): void {
    this.files.set(name, { mayRead: false, mayWrite: false });
  }

  /** Memory that a trace names: it is there, but nothing is mapped by it. */
  region({ address, length }: EventFields["region"]): void {
    const found = this.session.resolve(address);
    if (found) this.session.checker.changeArea(found.va, bounded(found.va + length), true);
  }

  /** There is memory, whatever was there. */
  known(from: bigint, to: bigint): void {
    this.map(from, bounded(to), OWN);
  }

  private get mappings() {
    return this.session.process.mappings;
  }

  /** Whether a mapping may be of what it is to be of. */
  private mayMap(event: EventFields["mmap"]): boolean {
    const { flags, protection, offset = 0n } = event;
    const isShared = flags.includes("shared");
    if (offset !== down(offset)) return false;
    const file = fileOf(event);
    if (file === undefined) return !(isShared && flags.includes("growsdown"));
    const { mayRead, mayWrite } = this.files.get(file) ?? { mayRead: true, mayWrite: true };
    const wantsWrite = isShared && protection.includes("write");
    return mayRead && (mayWrite || !wantsWrite) && !flags.includes("growsdown");
  }

  /** Where a mapping goes; undefined where it cannot be. */
  private placeOf(
    va: bigint,
    bytes: bigint,
    flags: readonly EventFields["mmap"]["flags"][number][],
  ): bigint | undefined {
    if (flags.includes("fixed") || flags.includes("noreplace")) {
      if (!isRange(va, bytes) || va < LOWEST) return undefined;
      return flags.includes("noreplace") && !this.isFree(va, va + bytes) ? undefined : va;
    }
    const hint = down(va) < LOWEST ? LOWEST : down(va);
    if (down(va) > 0n && isRange(hint, bytes) && this.isFree(hint, hint + bytes)) return hint;
    return this.anywhere(bytes);
  }

  /** Where a mapping is that there was. */
  private toldPlace(va: bigint, length: bigint): bigint | undefined {
    return va === 0n ? this.anywhere(up(length)) : down(va);
  }

  /** Where memory is behind an mremap: where it was, or elsewhere; undefined where it fails. */
  private targetOf(
    { oldLength, newLength, mayMove, to = 0n }: EventFields["mremap"],
    start: bigint,
  ): bigint | undefined {
    const [before, after] = [pagesOf(oldLength), pagesOf(newLength)];
    if (to !== 0n) {
      if (!mayMove || !isRange(to, after) || (start + before > to && to + after > start)) return undefined;
      // What is there goes first, and what is too much, whatever comes of the rest.
      this.unmap(to, to + after);
      if (before > after) {
        if (!isRange(start, before)) return undefined;
        this.unmap(start + after, start + before);
      }
      return to >= LOWEST && this.mayResize(start, before < after ? before : after) ? to : undefined;
    }
    if (before >= after) return before === after || isRange(start, before) ? start : undefined;
    if (!this.mayResize(start, before)) return undefined;
    const end = start + before;
    const fits = isRange(start, after) && this.mappings.mapped.endOf(start) === end;
    if (fits && this.isFree(end, start + after)) return start;
    return mayMove ? this.anywhere(after) : undefined;
  }

  /** The same of one that succeeded. */
  private toldTarget({ oldLength, newLength, mayMove, to = 0n }: EventFields["mremap"], start: bigint) {
    const [before, after] = [pagesOf(oldLength), pagesOf(newLength)];
    if (before > TOP || after > TOP) return undefined;
    if (to !== 0n) return down(to);
    return mayMove && after > before && !this.isFree(start + before, start + after)
      ? this.anywhere(after)
      : start;
  }

  /** Whether so much of a mapping may become another size. Size 0 is all of what is shared, once more. */
  private mayResize(start: bigint, bytes: bigint): boolean {
    const { mapped, common } = this.mappings;
    return bytes === 0n ? common.has(start) : mapped.endOf(start) >= start + bytes;
  }

  /** False: the break stays where it is. */
  private moveBreak(to: bigint, isTold: boolean): boolean {
    const heap = this.heap(to);
    const old = heap.end;
    if (to < heap.start || (!isTold && !this.mayBreak(old, to))) return false;
    if (to > old) this.map(old, to, OWN);
    else this.unmap(to, old);
    heap.end = to;
    return true;
  }

  /** A page between the heap and what is above it stays free. */
  private mayBreak(old: bigint, to: bigint): boolean {
    if (up(to) <= up(old)) return true;
    return old >= LOWEST && up(to) <= TOP && this.isFree(up(old), up(to) + PAGE);
  }

  /** The heap of brk, which begins where the first call puts it. */
  private heap(to: bigint): { start: bigint; end: bigint } {
    const { process, arenas } = this.session;
    const start = to === 0n || to >= TOP ? arenas.maps + BRK : to;
    process.brk ??= { start, end: start };
    return process.brk;
  }

  private map(from: bigint, to: bigint, how: How): void {
    const { checker } = this.session;
    this.mappings.map(from, to, how);
    checker.forget(from, to, true);
    checker.changeArea(from, to, true);
    this.session.has("mapped");
  }

  private unmap(from: bigint, to: bigint): void {
    const { checker } = this.session;
    this.mappings.unmap(from, to);
    checker.forget(from, to, false);
    checker.changeArea(from, to, false);
  }

  /** A free place; undefined where none is so large. */
  private anywhere(bytes: bigint): bigint | undefined {
    const { process, arenas } = this.session;
    let start = process.mapTop + PAGE;
    while (start + bytes <= arenas.stacks) {
      const [taken] = this.mappings.mapped.within(start, start + bytes);
      if (!taken) {
        process.mapTop = start + bytes;
        return start;
      }
      start = up(this.mappings.mapped.endOf(taken[0])) + PAGE;
    }
    return undefined;
  }

  private isFree(from: bigint, to: bigint): boolean {
    return !this.mappings.mapped.meets(from, to);
  }
}

function fileOf({ flags, file }: EventFields["mmap"]): string | undefined {
  return flags.includes("anon") ? undefined : file;
}

/** Whether there may be mappings of so many bytes, of whole pages, at an address. */
function isRange(va: bigint, bytes: bigint): boolean {
  return va === down(va) && bytes > 0n && bytes <= TOP && va <= TOP - bytes;
}

function bounded(va: bigint): bigint {
  return va < END ? va : END;
}

function down(va: bigint): bigint {
  return va & ~(PAGE - 1n);
}

function up(va: bigint): bigint {
  return (va + PAGE - 1n) & ~(PAGE - 1n);
}

/** The bytes of whole pages, as Linux has it: what is too much for 64 bits is 0. */
function pagesOf(bytes: bigint): bigint {
  return BigInt.asUintN(64, up(bytes));
}
