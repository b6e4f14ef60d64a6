import type { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { PagewalkError, type Place } from "../errors.js";
import { EventCodec } from "../trace/eventcodec.js";
import type { Feed } from "../trace/feed.js";
import { Records } from "../trace/records.js";
import type { Trace } from "../trace/trace.js";
import { type Blocks, type Id, idOf, idText, isNull } from "./blocks.js";
import { HUGE, NULL_SLOT, OP_SHIFT, type OpCodes } from "./opcodes.js";
import { type Space, Spaces } from "./spaces.js";

const LARGEST = HUGE - 1;
/** An alignment that every heap keeps without being asked. */
const PLAIN_ALIGNMENT = 8;
/** The largest power of two that a word holds. */
const LARGEST_ALIGNMENT = 2 ** 31;

/**
 * Turns the allocations of a trace into operations, a stream for the memory of each process. Blocks are known by slots, dense
 * numbers that are used again.
 *
 * IDs that are names are the trace's own, so one that is used wrongly is a bad record. An address is what a tracer saw, and tracers
 * miss calls: there it is counted (`Unknown`).
 *
 * @internal
 */
export class OpReader {
  readonly spaces = new Spaces();
  /** Bad records passed over here. */
  skipped = 0;
  private readonly core: Core;
  private readonly codec: EventCodec;
  private readonly op: OpCodes;
  private readonly file: string;
  private readonly skipBad: number;
  private readonly withContents: boolean;
  private readonly withSites: boolean;
  /** Allocations of the trace that may still be taken. */
  private left: number;
  private records: Records | undefined;
  private rows: Uint32Array = new Uint32Array(0);
  private line = 0;
  /** Where the event's row begins. */
  private row = 0;
  private readonly id: Id = { low: 0, high: 0, isAddress: false, word: "" };
  private readonly newId: Id = { low: 0, high: 0, isAddress: false, word: "" };

  /**
   * @param most operations to take, of all processes together
   * @param more.contents takes what the trace tells of memory, too
   * @param more.sites takes the places of allocations, too
   */
  constructor(
    core: Core,
    op: OpCodes,
    trace: Trace,
    most = Number.POSITIVE_INFINITY,
    more: { contents?: boolean; sites?: boolean } = {},
  ) {
    this.withContents = more.contents === true;
    this.withSites = more.sites === true;
    this.core = core;
    this.codec = new EventCodec(core);
    this.op = op;
    this.file = trace.name;
    this.skipBad = trace.options.skipBad ?? 0;
    this.left = most;
  }

  /** Takes a batch. False once `most` have been taken. @throws PagewalkError `E_TRACE` at a bad record */
  take(slice: Slice, feed: Feed): boolean {
    if (slice.rows === 0) return this.left > 0;
    const { Batch, EventRow } = this.core.enums;
    const records = new Records(this.core, slice, feed.strings);
    const { infos, addresses, rows } = records;
    this.records = records;
    this.rows = rows;
    for (let at = slice.from; at < slice.to && this.left > 0; at++) {
      if (((infos[at] as number) & Batch.Event) === 0) continue;
      this.event((addresses[2 * at] as number) * EventRow.Words, feed);
    }
    return this.left > 0;
  }

  private event(row: number, feed: Feed): void {
    const { rows } = this;
    const { EventKind, EventRow } = this.core.enums;
    const kind = rows[row + EventRow.Kind];
    this.row = row;
    this.line = (rows[row + EventRow.Line2] as number) >>> 1;
    try {
      if (kind === EventKind.Malloc) this.malloc(row);
      else if (kind === EventKind.Free) this.free(row);
      else if (kind === EventKind.Realloc) this.realloc(row);
      else if (kind === EventKind.Calloc) this.calloc(row);
      else if (this.isOfProcesses(kind)) this.process(row);
      else if (this.withContents && this.isOfContents(kind)) this.content(row);
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError) || thrown.code !== "E_TRACE") throw thrown;
      if (feed.skipped + this.skipped >= this.skipBad) throw thrown;
      this.skipped++;
    }
  }

  private malloc(row: number): void {
    const { EventRow } = this.core.enums;
    const alignment = this.long(row + EventRow.C);
    this.allocate(row, this.op.Malloc, sizeOf(this.long(row + EventRow.B)), alignment);
  }

  /** A product that is too large is a size that no heap can give. */
  private calloc(row: number): void {
    const { EventRow } = this.core.enums;
    const size = sizeOf(this.long(row + EventRow.B) * this.long(row + EventRow.C));
    this.allocate(row, this.op.Calloc, size, 0);
  }

  private allocate(row: number, op: number, size: number, alignment: number): void {
    const { EventRow } = this.core.enums;
    const id = this.read(this.id, row, EventRow.A, EventRow.Base, 0);
    if (isNull(id)) {
      this.space.unknown.failed++;
      return;
    }
    this.makeRoom(id);
    const slot = this.blocks.take();
    this.blocks.name(id, slot);
    const isHuge = alignment > LARGEST_ALIGNMENT;
    if (alignment > PLAIN_ALIGNMENT && !isHuge) this.align(alignment);
    this.push(op, slot, isHuge ? HUGE : size);
  }

  private realloc(row: number): void {
    const { EventRow } = this.core.enums;
    const { id: old, newId } = this;
    this.read(old, row, EventRow.A, EventRow.Base, 0);
    this.read(newId, row, EventRow.B, EventRow.Text, 1);
    const size = sizeOf(this.long(row + EventRow.C));
    if (isNull(newId) && size > 0) {
      this.space.unknown.failed++;
      return;
    }
    let slot = this.blocks.find(old);
    if (slot < 0) {
      if (!old.isAddress)
        throw this.bad(
          `realloc of block ${idText(old)}, which is not allocated; want the ID of a block that is`,
        );
      this.space.unknown.reallocs++;
      slot = NULL_SLOT;
    }
    const isSame = sameId(old, newId);
    if (!isSame) this.makeRoom(newId);
    this.blocks.forget(old);
    if (slot === NULL_SLOT) {
      slot = this.blocks.take();
      this.blocks.name(newId, slot);
      this.push(this.op.Malloc, slot, size);
      return;
    }
    this.push(this.op.Realloc, slot, size);
    // What realloc to 0 gives is the null pointer.
    this.blocks.name(newId, size === 0 ? NULL_SLOT : slot);
    if (size === 0) this.release(slot);
  }

  private free(row: number): void {
    const id = this.freed(row);
    const slot = this.blocks.forget(id);
    if (slot < 0) {
      if (!id.isAddress)
        throw this.bad(`free of block ${idText(id)}, which is not allocated; want the ID of a block that is`);
      this.space.unknown.frees++;
      return;
    }
    this.push(this.op.Free, slot, 0);
    if (slot !== NULL_SLOT) this.release(slot);
  }

  /** What a free names: an ID; or bytes on from one, which is an address where the ID is, and no block's name elsewhere. */
  private freed(row: number): Id {
    const { EventRow } = this.core.enums;
    const id = this.read(this.id, row, EventRow.A, EventRow.Base, 0);
    const offset = BigInt.asIntN(
      64,
      BigInt(this.rows[row + EventRow.B] as number) |
        (BigInt(this.rows[row + EventRow.B + 1] as number) << 32n),
    );
    if (offset === 0n) return id;
    const name = idText(id);
    if (id.isAddress)
      return Object.assign(id, idOf(`0x${BigInt.asUintN(64, BigInt(name) + offset).toString(16)}`));
    const sign = offset < 0n ? "-" : "+";
    const bytes = offset < 0n ? -offset : offset;
    throw this.bad(`free of ${name}${sign}${bytes}, where no block begins; want the ID of a block, ${name}`);
  }

  /** Before a block gets an ID: no other may have it. */
  private makeRoom(id: Id): void {
    const slot = this.blocks.find(id);
    if (slot < 0 || slot === NULL_SLOT) return;
    if (!id.isAddress)
      throw this.bad(`block ${idText(id)} is allocated already; want an ID that no live block has`);
    this.space.unknown.missedFrees++;
    this.blocks.forget(id);
    this.push(this.op.Free, slot, 0);
    this.release(slot);
  }

  /** An alignment that is no power of two counts as the next one that is. */
  private align(alignment: number): void {
    const power = 2 ** Math.ceil(Math.log2(alignment));
    this.space.ops.push(((this.op.Align << OP_SHIFT) | NULL_SLOT) >>> 0, power, this.line);
    this.space.alignments++;
  }

  /** A slot's block is freed, by the last operation. */
  private release(slot: number): void {
    this.space.contents.freed(slot, this.space.ops.length);
    if (this.withSites) this.space.sites.remove(slot);
    this.blocks.release(slot);
  }

  private push(op: number, slot: number, size: number): void {
    this.space.ops.push(((op << OP_SHIFT) | slot) >>> 0, size, this.line);
    this.left--;
    if (this.withSites && op !== this.op.Free && slot !== NULL_SLOT) this.site(op, slot, size);
  }

  /** A request that no heap has room for gives no block; one of realloc leaves that which there is. */
  private site(op: number, slot: number, size: number): void {
    const { rows, row, line, space } = this;
    const { EventRow } = this.core.enums;
    if (size === HUGE) {
      if (op !== this.op.Realloc) space.sites.remove(slot);
      return;
    }
    const file = this.records?.strings.text(rows[row + EventRow.File] as number) ?? "";
    space.sites.add(slot, size, file, rows[row + EventRow.Line] as number, line);
  }

  private get space(): Space {
    return this.spaces.current;
  }

  private get blocks(): Blocks {
    return this.spaces.current.blocks;
  }

  private isOfProcesses(kind: number | undefined): boolean {
    const { Switch, Fork, Vfork, Clone, Exec, Exit } = this.core.enums.EventKind;
    return [Switch, Fork, Vfork, Clone, Exec, Exit].includes(kind ?? -1);
  }

  private isOfContents(kind: number | undefined): boolean {
    const { Access, Root, FramePush, FramePop } = this.core.enums.EventKind;
    return kind === Access || kind === Root || kind === FramePush || kind === FramePop;
  }

  private content(row: number): void {
    const { space, spaces, records, rows } = this;
    const { Words } = this.core.enums.EventRow;
    if (!records) return;
    const event = this.codec.read(rows.subarray(row, row + Words), records.strings);
    space.contents.take(event, space.ops.length, space.blocks, spaces.stack);
  }

  private process(row: number): void {
    const { records, rows } = this;
    const { Words } = this.core.enums.EventRow;
    if (records) this.spaces.take(this.codec.read(rows.subarray(row, row + Words), records.strings));
  }

  /** Two words as a number: exact below 2^53, and never below that from there on. */
  private long(at: number): number {
    return (this.rows[at] as number) + (this.rows[at + 1] as number) * 2 ** 32;
  }

  private read(id: Id, row: number, at: number, wordAt: number, flag: number): Id {
    const { rows } = this;
    const word = rows[row + wordAt] as number;
    id.low = rows[row + at] as number;
    id.high = rows[row + at + 1] as number;
    id.isAddress = (((rows[row + this.core.enums.EventRow.Flags] as number) >>> flag) & 1) === 1;
    id.word = word === 0 ? "" : (this.records?.strings.text(word) ?? "");
    return id;
  }

  private bad(what: string): PagewalkError {
    const { file, line, spaces } = this;
    const place: Place = line > 0 ? { file, line } : { file };
    const where = line > 0 ? `line ${line}` : `operation ${spaces.current.operations + 1}`;
    return new PagewalkError("E_TRACE", `${file}: ${where}: ${what}`, place);
  }
}

function sizeOf(size: number): number {
  return size > LARGEST ? HUGE : size;
}

function sameId(a: Id, b: Id): boolean {
  return a.low === b.low && a.high === b.high && a.isAddress === b.isAddress && a.word === b.word;
}
