import type { FailedExpectation } from "../engine/expectations.js";
import type { EventFields } from "../trace/events.js";
import { littleEndian, pointerOf } from "../trace/pointers.js";
import type { Named, Resolved } from "./process.js";
import type { Session } from "./session.js";

/** Accesses that are named by a block, or carry bytes; and what a trace expects of bytes. @internal */
export class AccessEvents {
  /** What a trace expected of bytes that are known, and what of it was not so. */
  checked = 0;
  readonly failed: FailedExpectation[] = [];
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** False: its address is not known. */
  access(
    { kind, address, size: given, bytes }: EventFields["access"],
    line: number,
    record: number,
  ): boolean {
    const { session } = this;
    const found = session.resolve(address);
    if (!found) {
      session.unplaced++;
      return false;
    }
    const size = given || 1n;
    const { va, named } = found;
    if (named && isNull(named)) this.throughNull(kind, va, size, named);
    else if (!named || named.serial === 0n) session.checker.access(kind, va, size);
    else if (session.checker.knows(named)) session.checker.access(kind, va, size, named);
    else if (named.isLive) session.checker.access(kind, va, size);
    else this.gone(kind, va, size, named);
    if (bytes === undefined || !isWithin(found, size)) return true;
    const contents = this.bytesOf(bytes, Number(size));
    if (!contents) return true;
    if (kind === "load" || kind === "instruction") this.compare(va, contents, line, record);
    if (!this.isRefused(kind, va, size)) session.checker.putBytes(va, contents);
    return true;
  }

  expect({ address, bytes }: EventFields["expect"], line: number, record: number): void {
    const va = this.session.resolve(address)?.va;
    const wanted = this.bytesOf(bytes, bytes.length / 2);
    if (va !== undefined && wanted) this.compare(va, wanted, line, record);
  }

  /** Whether a store faults, as what it goes to is mapped without permission to write. */
  private isRefused(kind: EventFields["access"]["kind"], va: bigint, size: bigint): boolean {
    return (
      (kind === "store" || kind === "modify") && this.session.process.mappings.closed.meets(va, va + size)
    );
  }

  /** An access to a block that the core remembers no more. */
  private gone(kind: EventFields["access"]["kind"], va: bigint, size: bigint, named: Named): void {
    if (kind === "instruction") return;
    const { DeadFrame, FreedRead, FreedWrite } = this.session.checker.core.enums.FindingKind;
    const read = named.isFrame ? DeadFrame : FreedRead;
    if (kind !== "store") this.session.report(read, va, size, named);
    if (kind === "store" || (kind === "modify" && !named.isFrame)) {
      this.session.report(named.isFrame ? DeadFrame : FreedWrite, va, size, named, true);
    }
  }

  /** An access through what an allocation that failed gave. */
  private throughNull(kind: EventFields["access"]["kind"], va: bigint, size: bigint, named: Named): void {
    const { Unmapped } = this.session.checker.core.enums.FindingKind;
    if (kind !== "instruction") this.session.reportName(Unmapped, named, va, size, kind !== "load");
  }

  /** The bytes that a trace gives; undefined for the address of a name that is not known. */
  private bytesOf(text: string, size: number): Uint8Array | undefined {
    this.session.knowsPointers = true;
    if (!text.startsWith("&")) {
      return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    }
    const target = this.session.resolve(pointerOf(text));
    return target && littleEndian(target.va, size);
  }

  /** Holds bytes against those that are known. */
  private compare(va: bigint, wanted: Uint8Array, line: number, record: number): void {
    const { bytes, known } = this.session.checker.bytesAt(va, wanted.length);
    const end = va + BigInt(wanted.length);
    for (const [from, to] of this.session.process.mappings.common.within(va, end)) {
      known.fill(0, Number(from - va), Number(to - va));
    }
    if (known.every((each) => each === 0)) return;
    this.checked++;
    const at = wanted.findIndex((byte, i) => known[i] === 1 && byte !== bytes[i]);
    if (at < 0) return;
    const [want, found] = [wanted, bytes].map((each) => hexOf(each.subarray(at, at + 16)));
    const where = `0x${(va + BigInt(at)).toString(16)}`;
    const message = `expected ${want} at ${where}, found ${found}`;
    this.failed.push({ ...(line > 0 ? { line } : {}), record, message });
  }
}

/** Whether a name stands for the null pointer. */
function isNull({ start, serial }: Named): boolean {
  return start === 0n && serial === 0n;
}

/** Whether an access lies in the live block that it is made through. */
function isWithin({ va, named }: Resolved, size: bigint): boolean {
  if (!named || named.serial === 0n) return true;
  return named.isLive && va >= named.start && va + size <= named.start + named.size;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
