import { BinaryReader } from "@bufbuild/protobuf/wire";
import type { Core } from "../../engine/core.js";
import { messageOf, PagewalkError } from "../../errors.js";
import type { ByteSource } from "../bytes.js";
import type { Reader, ReaderOptions } from "../format.js";
import { Output } from "../output.js";
import { Window } from "../window.js";
import { BadRecords } from "./bad.js";
import { readHeader, readPacket } from "./gem5packet.js";

const MAGIC = "gem5";
/** The longest message; gem5 writes the names of a system's parts into the header. */
const MAX_MESSAGE = 1 << 18;
/** The longest varint. */
const MAX_LENGTH = 10;

/** Reads messages that each stand behind their length. */
export class Gem5Reader implements Reader {
  readonly processes = [];
  readonly notes = ["addresses are physical, as gem5's packets have them"];
  private readonly output: Output;
  private readonly window: Window;
  private readonly file: string;
  private readonly bad: BadRecords;
  /** Accesses that are still wanted. */
  private left: number;
  private hasMagic = false;
  private hasHeader = false;
  private any = false;
  /** To be thrown when what came before it is handed out. */
  private failure: unknown;

  constructor(core: Core, bytes: ByteSource, options: ReaderOptions) {
    this.output = new Output(core);
    this.window = new Window(core, bytes);
    this.file = options.file;
    this.bad = new BadRecords(options);
    this.left = options.limit;
  }

  get skipped(): number {
    return this.bad.skipped;
  }

  get other(): Output["other"] {
    return this.output.other;
  }

  close(): void {
    this.window.close();
  }

  async next(): Promise<number> {
    const { output } = this;
    if (this.failure) throw this.failure;
    output.begin();
    try {
      await this.fill();
    } catch (thrown) {
      if (output.records === 0) throw thrown;
      this.failure = thrown;
    }
    this.any ||= output.records > 0;
    this.left -= output.records;
    return output.records;
  }

  private async fill(): Promise<void> {
    const { output, window } = this;
    while (!this.decode() && output.records === 0) {
      if (window.atEnd) return this.finish();
      await window.refill();
      output.begin();
    }
  }

  /** Decodes the window's whole messages. False: there are too few for a batch. */
  private decode(): boolean {
    const { output, window } = this;
    if (!this.hasMagic && !this.takeMagic()) return false;
    const { bytes, start, end } = window;
    const reader = new BinaryReader(bytes.subarray(start, end));
    while (output.records < this.left && !output.isFull(1)) {
      if (!this.message(reader)) return false;
      window.start = start + reader.pos;
    }
    return true;
  }

  private takeMagic(): boolean {
    const { window } = this;
    if (window.end - window.start < MAGIC.length && !window.atEnd) return false;
    if (window.text(window.start, MAGIC.length) !== MAGIC) throw this.broken("it does not begin with gem5");
    window.start += MAGIC.length;
    this.hasMagic = true;
    return true;
  }

  /** Takes the message at the window's start, a bad one too if that is allowed. False: it is not all there. */
  private message(reader: BinaryReader): boolean {
    const length = this.lengthOf(reader);
    if (length === undefined || reader.pos + length > reader.len) return false;
    const end = reader.pos + length;
    try {
      if (this.hasHeader) readPacket(reader, end, this.output);
      else readHeader(reader, end);
    } catch (thrown) {
      this.bad.passOver(this.file, this.window.position, messageOf(thrown));
    }
    this.hasHeader = true;
    reader.pos = end;
    return true;
  }

  /** The length before a message; undefined where it is not all there. */
  private lengthOf(reader: BinaryReader): number | undefined {
    const left = reader.len - reader.pos;
    try {
      const length = reader.uint32();
      if (length <= MAX_MESSAGE) return length;
    } catch {
      if (left < MAX_LENGTH) return undefined;
    }
    throw this.broken(`the length of a message is above ${MAX_MESSAGE}`);
  }

  private finish(): void {
    const { window, file } = this;
    if (window.failure) throw window.failure;
    const left = window.end - window.start;
    if (left > 0)
      this.bad.passOver(file, window.position, `only ${left} of its bytes are there: the trace is cut`);
    window.start = window.end;
    if (!this.any) throw new PagewalkError("E_TRACE", `${file}: holds no reads or writes`, { file });
  }

  private broken(why: string): PagewalkError {
    const { file } = this;
    const byte = this.window.position;
    return new PagewalkError("E_TRACE", `${file}: byte ${byte}: ${why}`, { file, byte });
  }
}
