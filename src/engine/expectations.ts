import { getLong } from "../trace/eventparts.js";
import { littleEndian, pointerOf } from "../trace/pointers.js";
import type { Strings } from "../trace/strings.js";
import type { Core } from "./core.js";
import type { Names } from "./names.js";
import { type Fault, type FaultingAccess, faultKinds } from "./process/errors.js";

/** Something that a trace expects and that is not so. */
export interface FailedExpectation {
  /** The line of the trace, where its format has lines. */
  line?: number;
  /** Accesses of the trace up to there. */
  record: number;
  message: string;
}

/** What the next line of a trace should come to. */
interface Pending {
  row: Uint32Array;
  isFault: boolean;
  wanted: string;
}

const ACCESSES = ["", "load", "store", "fetch"] as const;

/** What a trace says should be so: bytes at addresses, faults and errors of its next line. And accesses that carry bytes. @internal */
export class Expectations {
  checked = 0;
  readonly failed: FailedExpectation[] = [];
  private readonly core: Core;
  private readonly names: Names;
  private pending: Pending[] = [];

  constructor(core: Core, names: Names) {
    this.core = core;
    this.names = names;
  }

  /** The next record has to be watched. */
  get isPending(): boolean {
    return this.pending.length > 0;
  }

  /** Before a record that is watched. */
  begin(): void {
    this.core.exports.watch(true);
    this.core.exports.forgetResult();
  }

  /** Behind it. */
  end(record: number): void {
    const { pending, core } = this;
    this.pending = [];
    for (const each of pending) {
      if (each.isFault) this.checkFault(each, record);
      else this.checkErrno(each, record);
    }
    core.exports.watch(false);
  }

  /**
   * Does the event of a row that the core leaves to the host. What an access came to (`Outcome`); undefined: it is to be made without its bytes, which
   * are the address of a name that stands for none.
   */
  take(row: Uint32Array, strings: Strings, record: number): number | undefined {
    const { EventKind, EventRow } = this.core.enums;
    const text = (word: number) => strings.text(row[word] ?? 0);
    switch (row[EventRow.Kind]) {
      case EventKind.Access: {
        const bytes = this.contentsOf(row, text(EventRow.Text));
        if (!bytes) return undefined;
        const outcome = this.access(row, bytes, record);
        if (this.isPending) this.end(record);
        return outcome;
      }
      case EventKind.Expect:
        this.checkBytes(row, bytesOf(text(EventRow.Text)), record);
        break;
      case EventKind.File:
        this.fill(row, bytesOf(text(EventRow.Text)));
        if (this.isPending) this.end(record);
        break;
      default: {
        const isFault = row[EventRow.Kind] === EventKind.ExpectFault;
        this.pending.push({ row: row.slice(), isFault, wanted: text(EventRow.Name) });
      }
    }
    return this.core.enums.Outcome.Done;
  }

  /** Bytes that are stored stand in the first half of the buffer, bytes that are read come into the second. */
  private put(bytes: Uint8Array, size = bytes.length): void {
    const at = this.core.exports.bufferOf(2 * Math.max(size, bytes.length));
    this.core.bytes(at, bytes.length).set(bytes);
  }

  /**
   * An access that carries bytes: those that it stores, or zeros. What it read, and what it came to (`Outcome`).
   */
  carry(va: bigint, kind: number, size: number, bytes: Uint8Array, record: number) {
    const { exports } = this.core;
    this.put(bytes, size);
    const outcome = exports.accessBytes(va, kind, size, BigInt(record));
    const read = this.core.bytes(exports.halfOfBuffer(), exports.bytesFetched()).slice();
    return { outcome, read };
  }

  /** The bytes at an address, as far as something is mapped. */
  peek(va: bigint, size: number): Uint8Array {
    const { exports } = this.core;
    const at = exports.bufferOf(2 * size);
    return this.core.bytes(at, exports.peekBytes(va, size)).slice();
  }

  private access(row: Uint32Array, bytes: Uint8Array, record: number): number {
    const { EventRow, Kind, Outcome } = this.core.enums;
    const kind = (row[EventRow.Flags] ?? 0) & 3;
    const size = Number(getLong(row, EventRow.B)) || 1;
    const { outcome, read } = this.carry(this.addressOf(row), kind, size, bytes, record);
    const isRead = kind === Kind.Load || kind === Kind.Instruction;
    if (outcome === Outcome.Done && isRead) this.compare(row, read, bytes, record);
    return outcome;
  }

  /** The bytes that an access says: as they are, or an address, the lowest byte first. */
  private contentsOf(row: Uint32Array, text: string): Uint8Array | undefined {
    if (!text.startsWith("&")) return bytesOf(text);
    const target = pointerOf(text);
    const { exports, enums } = this.core;
    let value = typeof target === "bigint" ? target : target.offset;
    if (typeof target !== "bigint") {
      const name = this.names.numberOf(target.base);
      if (!exports.isBound(name)) return undefined;
      value += exports.addressOfName(name);
    }
    return littleEndian(value, Number(getLong(row, enums.EventRow.B)) || 1);
  }

  private fill(row: Uint32Array, bytes: Uint8Array): void {
    this.put(bytes);
    this.core.exports.fillFile(row[this.core.enums.EventRow.Name] ?? 0, bytes.length);
  }

  private checkBytes(row: Uint32Array, bytes: Uint8Array, record: number): void {
    const base = row[this.core.enums.EventRow.Base] ?? 0;
    if (base !== 0 && !this.core.exports.isBound(base)) {
      this.checked++;
      this.fail(row, record, "expected bytes of a name that has no address");
      return;
    }
    const there = this.peek(this.addressOf(row), bytes.length);
    if (there.length === bytes.length) {
      this.compare(row, there, bytes, record);
      return;
    }
    this.checked++;
    const at = hex(this.addressOf(row) + BigInt(there.length));
    this.fail(row, record, `expected bytes at ${at}, where nothing can be read`);
  }

  private compare(row: Uint32Array, got: Uint8Array, wanted: Uint8Array, record: number): void {
    this.checked++;
    const at = wanted.findIndex((byte, i) => byte !== got[i]);
    if (at < 0) return;
    const where = hex(this.addressOf(row) + BigInt(at));
    const [found = "", want = ""] = [got, wanted].map((bytes) => textOf(bytes.subarray(at, at + 16)));
    this.fail(row, record, `expected ${want} at ${where}, found ${found}`);
  }

  private checkErrno({ row, wanted }: Pending, record: number): void {
    this.checked++;
    const given = this.errnoName(this.core.exports.lastErrno.value);
    // An access that memory does not suffice for.
    const lacks = given === "none" && this.faults().some(({ kind }) => kind === "oom");
    const found = lacks ? "ENOMEM" : given;
    if (found === wanted) return;
    this.fail(row, record, `expected ${wanted} of the next line, which gave ${found}`);
  }

  private errnoName(number: number): string {
    if (number === 0) return "none";
    const found = Object.entries(this.core.enums.Errno).find(([, value]) => value === number);
    return found?.[0] ?? String(number);
  }

  private checkFault({ row, wanted }: Pending, record: number): void {
    this.checked++;
    const { EventRow } = this.core.enums;
    const va = this.addressOf(row);
    const access = ACCESSES[(row[EventRow.Flags] ?? 0) & 3] ?? "";
    const faults = this.faults().filter((fault) => access === "" || fault.access === access);
    const page = (at: bigint) => at >> BigInt(this.core.exports.pageShift.value);
    const here = faults.filter((fault) => page(fault.address) === page(va));
    const met = wanted === "none" ? here.length === 0 : here.some(({ kind }) => kind === wanted);
    if (met) return;
    const kind = access === "" ? "" : ` by a ${access}`;
    const found = faults.map((fault) => `${fault.kind} at ${hex(fault.address)}`).join(", ") || "none";
    this.fail(row, record, `expected fault ${wanted} at ${hex(va)}${kind} of the next line, found ${found}`);
  }

  /** Those of the record that is watched. */
  faults(): Fault[] {
    const { exports, enums } = this.core;
    const { Watch, Access } = enums;
    const kinds = faultKinds(this.core);
    const accesses: Record<number, FaultingAccess> = {
      [Access.Instruction]: "fetch",
      [Access.Load]: "load",
      [Access.Store]: "store",
    };
    const words = Watch.Bytes / 4;
    const log = this.core.u32(exports.watched.value, exports.watchedCount.value * words);
    return Array.from({ length: exports.watchedCount.value }, (_, i) => ({
      kind: kinds[log[words * i + 2] ?? 0] ?? "oom",
      address: getLong(log, words * i),
      access: accesses[log[words * i + 3] ?? 0] ?? "load",
    }));
  }

  private addressOf(row: Uint32Array): bigint {
    const { EventRow } = this.core.enums;
    const base = row[EventRow.Base] ?? 0;
    const offset = getLong(row, EventRow.A);
    return base === 0 ? offset : BigInt.asUintN(64, this.core.exports.addressOfName(base) + offset);
  }

  private fail(row: Uint32Array, record: number, message: string): void {
    const line = (row[this.core.enums.EventRow.Line2] ?? 0) >>> 1;
    this.failed.push({ ...(line > 0 ? { line } : {}), record, message });
  }
}

function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function textOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
