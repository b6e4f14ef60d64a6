import type { EventFields } from "../trace/events.js";
import type { Named } from "./process.js";
import { isPossible, productOf } from "./requests.js";
import type { Session } from "./session.js";

/** What allocations of a trace come to, as far as the core leaves them to the host. @internal */
export class HeapEvents {
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  malloc({ id, size, alignment = 16n }: EventFields["malloc"]): void {
    this.give(id, size, alignment, false);
  }

  calloc({ id, count, size }: EventFields["calloc"]): void {
    const bytes = productOf(this.session, count, size);
    if (bytes === undefined) this.fail(id);
    else this.give(id, bytes, 16n, true);
  }

  realloc({ id, newId, size }: EventFields["realloc"]): void {
    const { checker } = this.session;
    const old = this.toMove(id);
    if (old === undefined) {
      this.give(newId, size, 16n, false);
    } else if (size === 0n) {
      this.release(old);
      this.bindNull(newId);
    } else if (!isPossible(this.session, size)) {
      this.fail(newId);
    } else if (newId.startsWith("0x")) {
      const to = BigInt(newId);
      if (to === 0n) {
        // There was no room: the old block is what it was.
        this.session.failed++;
        return;
      }
      if (id.startsWith("0x")) checker.reallocCaptured(BigInt(id), to, size, 0);
      else {
        checker.capture(to, size, false, 0);
        this.release(old);
      }
    } else {
      const moved = { ...old };
      const given = this.place(newId, size, 16n, false);
      checker.move(moved, given);
      old.isLive = false;
      old.freed = this.session.place;
    }
  }

  free({ id, offset = 0n }: EventFields["free"]): void {
    const { session } = this;
    const named = session.named(id);
    if (named === undefined) {
      const { InvalidFree } = session.checker.core.enums.FindingKind;
      session.reportName(InvalidFree, { name: id, allocated: 0n });
    } else if (offset !== 0n || named.isFrame || named.serial === 0n) {
      session.checker.freeAt(BigInt.asUintN(64, named.start + offset));
    } else if (id.startsWith("0x")) {
      session.checker.freeAt(named.start);
    } else if (named.isLive) {
      // Where another was placed over it, or it was freed by its address: whatever is there now is freed.
      if (!this.release(named)) session.checker.freeAt(named.start);
    } else {
      session.report(session.checker.core.enums.FindingKind.DoubleFree, named.start, 0n, named);
    }
  }

  /** The block that a realloc is of; undefined where it is to give a new one, for it is of none that is live. */
  private toMove(id: string): Named | undefined {
    const { session } = this;
    const named = session.named(id);
    if (named && named.start === 0n) return undefined;
    const isBlock = named?.isLive && named.serial !== 0n && !named.isFrame;
    if (isBlock && session.checker.isLive(named)) return named;
    session.checker.reallocating(() => this.free({ id }));
    return undefined;
  }

  /** False: the block is not live, whatever its name says. */
  private release(named: Named): boolean {
    const { checker, place } = this.session;
    named.isLive = false;
    named.freed = place;
    return checker.release(named);
  }

  private give(id: string, size: bigint, alignment: bigint, zeros: boolean): void {
    if (!isPossible(this.session, size)) this.fail(id);
    else if (!id.startsWith("0x")) this.place(id, size, alignment, zeros);
    else if (BigInt(id) !== 0n) this.session.checker.capture(BigInt(id), size, zeros, 0);
    else this.session.failed++;
  }

  private place(id: string, size: bigint, alignment: bigint, zeros: boolean): Named {
    const { session } = this;
    session.has("named");
    const { start, serial } = session.checker.place(size, alignment, zeros, session.texts.numberOf(id));
    // Field by field: spreading made this the slowest part of a trace of allocations (measured).
    const named: Named = {
      start,
      serial,
      name: id,
      size,
      isFrame: false,
      isLive: true,
      allocated: session.place,
      freed: 0n,
    };
    session.process.names.set(id, named);
    return named;
  }

  private fail(id: string): void {
    this.session.failed++;
    this.bindNull(id);
  }

  /** A name of what is not there: the null pointer. */
  private bindNull(id: string): void {
    if (id.startsWith("0x")) return;
    this.session.has("named");
    this.session.process.names.set(id, { ...this.session.plain(id, 0n), allocated: this.session.place });
  }
}
