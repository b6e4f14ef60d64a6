import type { Kind } from "../../config/model.js";
import { sizeBits } from "../../config/sizes.js";
import type { Core } from "../../engine/core.js";
import { messageOf, PagewalkError, quote } from "../../errors.js";
import type { ByteSource } from "../bytes.js";
import type { EventFields, TraceEvent } from "../events.js";
import type { Format, Reader, ReaderOptions } from "../format.js";
import { BadRecord, Output } from "../output.js";
import { pageSizeProblem } from "../pagesize.js";

/** One access of a trace: an address of 64 bits, and 1 byte to 1 MiB from there on. */
export interface TraceAccess {
  kind: Kind;
  address: bigint;
  size: number;
}

/** A trace format of a user's own. */
export interface CustomFormat {
  name: string;
  /** What its records look like, for errors. */
  example: string;
  /** Whether a trace that starts so is of this format; without it, only its name asks for it. */
  detect?(head: Uint8Array): boolean;
  /**
   * The trace's accesses and events, in order. What it throws ends the trace, after what it gave was handed out.
   *
   * @param bytes the trace, decompressed, in pieces of any size
   * @param name the file's name, for errors
   */
  read(
    bytes: AsyncIterable<Uint8Array>,
    name: string,
  ): AsyncIterable<TraceAccess | TraceEvent> | Iterable<TraceAccess | TraceEvent>;
}

/** Bytes that a reader is given at once. */
const PIECE = 1 << 16;

/** @internal */
export function customFormat(format: CustomFormat): Format {
  return {
    name: format.name,
    example: format.example,
    detect: (head) => format.detect?.(head) ?? false,
    open: (core, bytes, options) => new CustomReader(core, bytes, options, format),
  };
}

class CustomReader implements Reader {
  skipped = 0;
  readonly processes = [];
  private readonly output: Output;
  private readonly entries: AsyncIterator<TraceAccess | TraceEvent>;
  private readonly options: ReaderOptions;
  private failure: unknown;
  private ended = false;
  private any = false;

  constructor(core: Core, source: ByteSource, options: ReaderOptions, format: CustomFormat) {
    this.output = new Output(core);
    this.options = options;
    this.entries = walk(format.read(pieces(source), options.file));
  }

  get events(): number {
    return this.output.events;
  }

  get strings(): Output["strings"] {
    return this.output.strings;
  }

  close(): void {
    this.entries.return?.().catch(() => undefined);
  }

  async next(): Promise<number> {
    const { output } = this;
    output.begin();
    while (!this.ended && !output.isFull(1)) await this.take();
    if (output.records > 0) {
      this.any = true;
      return output.records;
    }
    if (this.failure) throw this.failure;
    if (!this.any) throw this.broken("holds no records");
    return 0;
  }

  private async take(): Promise<void> {
    try {
      const next = await this.entries.next();
      if (next.done) this.ended = true;
      else this.put(next.value);
    } catch (thrown) {
      if (thrown instanceof BadRecord && this.skipped < this.options.skipBad) {
        this.skipped++;
        return;
      }
      this.ended = true;
      this.failure = thrown instanceof PagewalkError ? thrown : this.broken(messageOf(thrown));
    }
  }

  private put(entry: TraceAccess | TraceEvent): void {
    if ("event" in entry) {
      if (entry.event === "pagesize") checkPages(entry);
      this.output.event(entry);
      return;
    }
    const { kind, address, size } = entry;
    if (typeof address !== "bigint" || BigInt.asUintN(64, address) !== address) {
      throw new BadRecord(`${String(address)} is no address; want a bigint of 64 bits`);
    }
    if (!Number.isInteger(size) || size < 0) throw new BadRecord(`${String(size)} is no size`);
    this.output.access(kind, address, size);
  }

  private broken(why: string): PagewalkError {
    const { file } = this.options;
    return new PagewalkError("E_TRACE", `${file}: ${why}`, { file });
  }
}

function checkPages({ address, length, size }: EventFields["pagesize"]): void {
  const bits = sizeBits(size);
  if (bits === undefined) throw new BadRecord(`${quote(String(size))} is no size of pages; want 4K, 2M ..`);
  const problem = pageSizeProblem(address, length, bits);
  if (problem) throw new BadRecord(problem);
}

async function* walk<T>(entries: AsyncIterable<T> | Iterable<T>): AsyncGenerator<T, undefined> {
  yield* entries;
}

async function* pieces(source: ByteSource): AsyncGenerator<Uint8Array, undefined> {
  while (true) {
    const piece = new Uint8Array(PIECE);
    const length = await source.read(() => piece);
    if (length === 0) return;
    yield piece.subarray(0, length);
  }
}
