import { promisify } from "node:util";
import { crc32, deflateRaw } from "node:zlib";
import type { Kind } from "../../config/model.js";
import { kindsByNumber } from "../../engine/codes.js";
import type { Core } from "../../engine/core.js";
import { PagewalkError } from "../../errors.js";
import { VERSION as PAGEWALK } from "../../version.js";
import { getLong } from "../eventparts.js";
import type { Records } from "../records.js";
import type { Sink } from "../sink.js";
import type { TraceWriter, WriterOptions } from "../writer.js";
import { BlockEvents } from "./events.js";
import {
  type BlockHeader,
  type Counts,
  DEFLATE,
  type Header,
  type IndexEntry,
  STORED,
  writeBlockHeader,
  writeHeader,
  writeIndex,
  writeTrailer,
} from "./layout.js";

const deflate = promisify<Uint8Array, { level: number }, Buffer>(deflateRaw);

/** Blocks that are packed beside one another: a core's worth in zlib's threads, and the next ones waiting. */
const IN_FLIGHT = 4;
/** zlib's level 6 is within 2 % of 9's size here (0.244 and 0.241 bytes an access), at a third of its time. */
const LEVEL = 6;
/** Bytes of events that end a block. */
const EVENT_BYTES = 1 << 20;

/** Writes the native format: see docs/native-format.md. */
export class NativeWriter implements TraceWriter {
  readonly leftOut = {};
  private readonly core: Core;
  private readonly kinds: Kind[];
  private readonly sink: Sink;
  private readonly meta: Uint8Array;
  private readonly events: BlockEvents;
  private readonly packed: Promise<Block>[] = [];
  private readonly index: IndexEntry[] = [];
  /** What was written so far. */
  readonly counts: Counts = {
    kinds: { instruction: 0, load: 0, store: 0, modify: 0 },
    events: 0,
  };
  /** Who runs, and who ran when the block began. */
  private running = { process: 0n, thread: 0n };
  private began = { process: 0n, thread: 0n };
  private position = 0;
  private readonly level: number;

  constructor(core: Core, sink: Sink, options: WriterOptions) {
    this.core = core;
    this.kinds = kindsByNumber(core);
    this.sink = sink;
    this.level = options.level ?? LEVEL;
    const meta = { producer: `pagewalk ${PAGEWALK}`, command: options.command, source: options.source };
    this.meta = new TextEncoder().encode(JSON.stringify(meta));
    this.events = new BlockEvents(core.enums.EventRow);
    if (!core.exports.openEncoder()) throw new PagewalkError("E_MEMORY", "no memory for a block of records");
  }

  async begin(): Promise<void> {
    await this.put(this.header(0));
    await this.put(this.meta);
  }

  async write(records: Records): Promise<void> {
    const { exports } = this.core;
    for (let from = records.from; from < records.to; ) {
      const taken = exports.encode(from, records.to);
      if (!records.arePlain) this.addEvents(records, from, from + taken);
      from += taken;
      if (from < records.to || this.events.bytes > EVENT_BYTES) await this.flush();
    }
    if (records.arePlain) this.addKinds(records);
  }

  async end(): Promise<void> {
    await this.flush();
    while (this.packed.length > 0) await this.writeBlock();
    const indexAt = this.position;
    await this.put(writeIndex(this.index));
    await this.put(writeTrailer({ indexAt, blocks: this.index.length, counts: this.counts }));
    await this.sink.patch?.(this.header(indexAt));
  }

  private header(indexAt: number): Uint8Array {
    const header: Header = {
      metaBytes: this.meta.length,
      metaCrc: crc32(this.meta),
      indexAt,
      counts: this.counts,
    };
    return writeHeader(header);
  }

  private addKinds(records: Records): void {
    const counts = [0, 0, 0, 0];
    records.tally(records.from, records.to, records.accesses, counts);
    for (const [number, kind] of this.kinds.entries()) this.counts.kinds[kind] += counts[number] ?? 0;
  }

  private addEvents(records: Records, from: number, to: number): void {
    const { EventKind, EventRow, Batch } = this.core.enums;
    const { rows, strings } = records;
    for (let at = from; at < to; at++) {
      const row = records.rowAt(at);
      if (row < 0) {
        this.countKind(records.kind(at));
        continue;
      }
      this.events.add(rows, row, strings);
      const kind = rows[row + EventRow.Kind] ?? 0;
      if (kind === EventKind.Access) this.countKind((rows[row + EventRow.Flags] ?? 0) & Batch.KindMask);
      else this.counts.events++;
      if (kind !== EventKind.Switch) continue;
      this.running = {
        process: getLong(rows, row + EventRow.A),
        thread: getLong(rows, row + EventRow.B),
      };
    }
  }

  private countKind(number: number): void {
    const kind = this.kinds[number];
    if (kind) this.counts.kinds[kind]++;
  }

  /** Hands the block over to be packed, and writes those that are. */
  private async flush(): Promise<void> {
    const { exports } = this.core;
    if (exports.blockRecords.value === 0) return;
    this.packed.push(packed(this.blockOf(), this.level));
    exports.emptyBlock();
    this.events.clear();
    this.began = this.running;
    if (this.packed.length > IN_FLIGHT) await this.writeBlock();
  }

  /** The block's header, but for what packing tells, and its bytes. */
  private blockOf(): Block {
    const { core, events, began } = this;
    const { blockRecords, blockEntries, blockDataBytes, blockDictionary, blockTokens, blockData } =
      core.exports;
    const { rows, strings } = events.parts;
    const entryBytes = core.enums.Native.EntryBytes;
    const bytes = Buffer.concat([
      core.bytes(blockDictionary.value, blockEntries.value * entryBytes),
      core.bytes(blockTokens.value, blockRecords.value),
      core.bytes(blockData.value, blockDataBytes.value),
      rows,
      strings,
    ]);
    const header = {
      packed: bytes.length,
      unpacked: bytes.length,
      records: blockRecords.value,
      events: events.count,
      entries: blockEntries.value,
      data: blockDataBytes.value,
      eventBytes: rows.length,
      packing: STORED,
      ...began,
      crc: 0,
    };
    return { header, bytes };
  }

  private async writeBlock(): Promise<void> {
    const block = await this.packed.shift();
    if (!block) return;
    const { header, bytes } = block;
    const { records, events, process } = header;
    this.index.push({ at: this.position, records, events, process });
    await this.put(writeBlockHeader(header));
    await this.put(bytes);
  }

  private async put(bytes: Uint8Array): Promise<void> {
    this.position += bytes.length;
    await this.sink.write(bytes);
  }
}

interface Block {
  header: BlockHeader;
  bytes: Uint8Array;
}

async function packed({ header, bytes }: Block, level: number): Promise<Block> {
  if (level === 0) return { header: { ...header, crc: crc32(bytes) }, bytes };
  const small = await deflate(bytes, { level });
  const shorter = small.length < bytes.length;
  const kept = shorter ? small : bytes;
  const packing = shorter ? DEFLATE : STORED;
  return { header: { ...header, packed: kept.length, packing, crc: crc32(kept) }, bytes: kept };
}
