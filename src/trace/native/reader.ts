import { crc32, inflateRawSync } from "node:zlib";
import type { Core } from "../../engine/core.js";
import { messageOf, PagewalkError } from "../../errors.js";
import type { ByteSource } from "../bytes.js";
import { getLong } from "../eventparts.js";
import { LIMITS, OVERCOMMIT } from "../events.js";
import type { Reader, ReaderOptions } from "../format.js";
import { pageSizeProblem } from "../pagesize.js";
import { Strings } from "../strings.js";
import { ByteQueue } from "./bytequeue.js";
import { readEvents } from "./events.js";
import {
  BLOCK_BYTES,
  type BlockHeader,
  DEFLATE,
  HEADER_BYTES,
  INDEX_BYTES,
  INDEX_ENTRY_BYTES,
  MAGIC,
  MAX_BLOCK,
  MAX_META,
  readBlockHeader,
  readHeader,
  readIndexHeader,
  readTrailer,
  STORED,
  TRAILER_BYTES,
  VERSION,
} from "./layout.js";

/** Reads the native format: see docs/native-format.md. */
export class NativeReader implements Reader {
  skipped = 0;
  events = 0;
  /** Accesses of blocks that were passed over whole, as `skip` allows. */
  passed = 0;
  readonly processes = [];
  readonly strings = new Strings();
  private readonly core: Core;
  private readonly options: ReaderOptions;
  private readonly bytes: ByteQueue;
  /** What was loaded and is to be taken, in order. */
  private readonly blocks: Loaded[] = [];
  private begun = false;
  private ended = false;
  private closed = false;
  /** Blocks met so far. */
  private count = 0;
  private toSkip = 0;

  constructor(core: Core, source: ByteSource, options: ReaderOptions) {
    this.core = core;
    this.options = options;
    this.bytes = new ByteQueue(source);
  }

  close(): void {
    this.closed = true;
  }

  skip(accesses: number): void {
    this.toSkip = accesses;
  }

  async next(): Promise<number> {
    if (!this.begun) await this.begin();
    while (true) {
      while (!this.ended && this.blocks.length === 0) await this.load();
      const block = this.blocks.shift();
      if (this.closed) throw new PagewalkError("E_ABORTED", "the trace was closed while it was read");
      if (!block) return 0;
      const records = this.take(block);
      if (records > 0) return records;
    }
  }

  /** The header, and what made the trace. */
  private async begin(): Promise<void> {
    this.begun = true;
    const { file } = this.options;
    const head = await this.bytes.need(HEADER_BYTES);
    if (!MAGIC.every((byte, i) => head[i] === byte)) {
      throw this.broken("does not begin as the native format does; was it transferred as text?", 0);
    }
    const header = readHeader(head);
    if (!header) throw this.broken("its header is cut or damaged", 0);
    if (header.version !== VERSION) {
      const newer = `is of version ${header.version} of the native format; this pagewalk reads version ${VERSION}`;
      throw new PagewalkError("E_TRACE", `${file}: ${newer}`, { file, byte: 8 });
    }
    this.bytes.take(HEADER_BYTES);
    const length = Math.min(header.metaBytes, MAX_META);
    const meta = await this.bytes.need(length);
    if (meta.length < length || header.metaBytes > MAX_META || crc32(meta) !== header.metaCrc) {
      throw this.broken("what it says of its making is cut or damaged", HEADER_BYTES);
    }
    this.bytes.take(length);
  }

  /** Reads the next block and has it unpacked, or comes to the end. */
  private async load(): Promise<void> {
    const at = this.bytes.position;
    const head = await this.bytes.need(BLOCK_BYTES);
    const index = readIndexHeader(head);
    if (index) return this.finish(index);
    const header = readBlockHeader(head);
    if (!header || !isSound(header, this.core)) return this.loseTrack(at);
    this.bytes.take(BLOCK_BYTES);
    const number = ++this.count;
    if (header.events === 0 && header.records <= this.toSkip) {
      this.toSkip -= header.records;
      this.passed += header.records;
      if (!(await this.bytes.pass(header.packed)))
        this.end({ number, at, why: "the file ends in it", cut: true });
      return;
    }
    // Which of its events are accesses shows when it is decoded; until then, as many as can be.
    this.toSkip = Math.max(this.toSkip - header.records, 0);
    const packed = await this.bytes.need(header.packed);
    if (packed.length < header.packed) return this.end({ number, at, why: "the file ends in it", cut: true });
    this.blocks.push(unpack({ number, at, header }, packed));
    this.bytes.take(header.packed);
  }

  /** What follows is no block's header: the file ends here, or is looked through for the next one. */
  private async loseTrack(at: number): Promise<void> {
    const head = await this.bytes.need(BLOCK_BYTES);
    if (head.length === 0) {
      return this.end({ number: this.count, at, why: "the file was not finished", cut: true });
    }
    const number = ++this.count;
    if (head.length < BLOCK_BYTES)
      return this.end({ number, at, why: "the file ends in its header", cut: true });
    const bad = { number, at, why: "its header is damaged" };
    if (this.options.skipBad === 0) return this.end(bad);
    this.blocks.push(bad);
    do this.bytes.take(1);
    while (
      !(await this.bytes.find((bytes) => readBlockHeader(bytes) ?? readIndexHeader(bytes), BLOCK_BYTES))
    );
  }

  private end(last: BadBlock): void {
    this.ended = true;
    this.blocks.push(last);
  }

  /** The index and the trailer, which say what should have come. */
  private async finish({ blocks, crc }: { blocks: number; crc: number }): Promise<void> {
    this.ended = true;
    const at = this.bytes.position;
    const bad = (why: string) => this.end({ number: 0, at, why, cut: false });
    this.bytes.take(INDEX_BYTES);
    const length = blocks * INDEX_ENTRY_BYTES;
    let sum = 0;
    for (let left = length; left > 0; ) {
      const part = await this.bytes.need(Math.min(left, 1 << 16));
      if (part.length === 0) return bad("the index is cut");
      sum = crc32(part, sum);
      left -= part.length;
      this.bytes.take(part.length);
    }
    if (sum !== crc) return bad("the index is damaged");
    const trailer = readTrailer(await this.bytes.need(TRAILER_BYTES));
    if (!trailer) return bad("its end is cut or damaged");
    this.bytes.take(TRAILER_BYTES);
    if (trailer.blocks !== this.count) return bad(`it holds ${this.count} blocks of ${trailer.blocks}`);
    if ((await this.bytes.need(1)).length > 0) bad("there is something behind its end");
  }

  /** Puts a block's records into the columns; 0 where it was passed over. */
  private take(block: Loaded): number {
    if (!("bytes" in block)) return this.passOver(block);
    const { header, number, at, bytes } = block;
    this.strings.renew();
    const why = this.decode(header, bytes);
    return why === undefined ? header.records : this.passOver({ number, at, why });
  }

  private passOver(block: BadBlock): 0 {
    const { number, at, why, cut = false } = block;
    if (cut) {
      const whole = number > 0 && why !== "the file was not finished" ? number - 1 : number;
      throw this.broken(`ends early: ${why}; its ${whole} whole blocks were read`, at);
    }
    if (this.skipped >= this.options.skipBad) {
      throw this.broken(number > 0 ? `block ${number} is broken: ${why}` : why, at);
    }
    this.skipped++;
    return 0;
  }

  /** Lays a block out in the window and has it decoded. Why not, where its parts contradict each other. */
  private decode(header: BlockHeader, bytes: Uint8Array): string | undefined {
    const { exports, enums } = this.core;
    const { TokensAt, DictionaryAt, DataAt, EntryBytes } = enums.Native;
    const window = this.core.window();
    let from = 0;
    const part = (length: number) => {
      from += length;
      return bytes.subarray(from - length, from);
    };
    window.set(part(header.entries * EntryBytes), DictionaryAt);
    window.set(part(header.records), TokensAt);
    window.set(part(header.data), DataAt);
    const status = exports.decodeBlock(header.records, header.entries, header.data);
    if (status !== enums.Status.Ok) return "its parts contradict each other";
    this.events = header.events;
    const parts = { rows: part(header.eventBytes), strings: bytes.subarray(from) };
    try {
      this.takeEvents(header, parts);
    } catch (thrown) {
      return messageOf(thrown);
    }
    return undefined;
  }

  private takeEvents(
    { records, events }: BlockHeader,
    parts: { rows: Uint8Array; strings: Uint8Array },
  ): void {
    const { core } = this;
    const { EventKind, EventRow, Batch } = core.enums;
    const marked = core.exports.countMarked(records);
    if (marked !== events) throw new RangeError(`it has ${marked} events of ${events}`);
    if (events === 0) {
      if (parts.rows.length + parts.strings.length > 0)
        throw new RangeError("it has events that no record names");
      return;
    }
    const { Words } = EventRow;
    const table = core.u32(core.exports.events.value, events * Words);
    const rows = Array.from({ length: events }, (_, i) => table.subarray(i * Words, (i + 1) * Words));
    readEvents(EventRow, EventKind.Length, parts, rows, this.strings);
    for (const row of rows) {
      const flags = row[EventRow.Flags] ?? 0;
      const length = getLong(row, EventRow.B);
      if (row[EventRow.Kind] === EventKind.Access) {
        const isSound = length >= 1n && length <= Batch.MaxSize && flags <= Batch.KindMask;
        if (!isSound) throw new RangeError("an access has no size or kind that can be");
      } else if (row[EventRow.Kind] === EventKind.PageSize) {
        const a = getLong(row, EventRow.A);
        const address = row[EventRow.Base] ? { base: "", offset: a } : a;
        const problem = pageSizeProblem(address, length, flags);
        if (problem) throw new RangeError(`pages of a size: ${problem}`);
      } else if (row[EventRow.Kind] === EventKind.Limit && flags >= LIMITS.length) {
        throw new RangeError(`there is no limit ${flags}`);
      } else if (row[EventRow.Kind] === EventKind.Overcommit && flags >= OVERCOMMIT.length) {
        throw new RangeError(`there is no way ${flags} of overcommitment`);
      }
    }
  }

  private broken(why: string, byte: number): PagewalkError {
    const { file } = this.options;
    return new PagewalkError("E_TRACE", `${file}: byte ${byte}: ${why}`, { file, byte });
  }
}

interface BadBlock {
  /** Counted from 1; 0: no block. */
  number: number;
  at: number;
  why: string;
  /** The file ends here. */
  cut?: boolean;
}

type Loaded = { number: number; at: number; header: BlockHeader; bytes: Uint8Array } | BadBlock;

/** Whether a block of these numbers can be. */
function isSound(header: BlockHeader, { enums: { Native, EventRow } }: Core): boolean {
  const { packed, unpacked, records, events, entries, data, eventBytes, packing } = header;
  const parts = entries * Native.EntryBytes + records + data + eventBytes;
  const fits = packed <= MAX_BLOCK && unpacked <= MAX_BLOCK && parts <= unpacked;
  const counted =
    records > 0 && records <= Native.Records && events <= records && events <= EventRow.Capacity;
  const whole = entries <= Native.Entries && data <= 8 * records;
  return fits && counted && whole && (packing === DEFLATE || (packing === STORED && packed === unpacked));
}

/**
 * Unpacks a block, all at once and in this thread: zlib's own threads, with several blocks ahead, took longer than that
 * (measured: 75 to 110 against 130 to 200 M accesses/s from a file to batches).
 */
function unpack(block: { number: number; at: number; header: BlockHeader }, packed: Uint8Array): Loaded {
  const { number, at, header } = block;
  if (crc32(packed) !== header.crc) return { number, at, why: "its checksum is wrong" };
  if (header.packing === STORED) return { ...block, bytes: packed };
  try {
    const { unpacked } = header;
    const bytes = inflateRawSync(packed, { maxOutputLength: unpacked, chunkSize: Math.max(unpacked, 64) });
    if (bytes.length === header.unpacked) return { ...block, bytes };
    return { number, at, why: `it unpacks to ${bytes.length} bytes of ${header.unpacked}` };
  } catch (thrown) {
    return { number, at, why: messageOf(thrown) };
  }
}
