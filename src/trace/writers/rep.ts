import type { Core } from "../../engine/core.js";
import { EventCodec } from "../eventcodec.js";
import type { TraceEvent } from "../events.js";
import type { Records } from "../records.js";
import type { Sink } from "../sink.js";
import type { OutputFormat, TraceWriter } from "../writer.js";

/** The block of a null pointer. */
const NULL = "0x0";
/** Digits that the header's numbers have, so that they can be written over. */
const DIGITS = 12;

/** Allocations as the malloc lab has them: ids count from 0 in the order of allocation. */
export const repOutput: OutputFormat = {
  name: "rep",
  extensions: [".rep"],
  leavesOut: "accesses, and events other than allocations",
  open: (core, sink) => new RepWriter(core, sink),
};

class RepWriter implements TraceWriter {
  readonly leftOut: Record<string, number> = {};
  private readonly sink: Sink;
  private readonly codec: EventCodec;
  /** The number and bytes of each live block. */
  private readonly blocks = new Map<string, { number: number; bytes: bigint }>();
  private ids = 0;
  private operations = 0;
  private bytes = 0n;
  private peak = 0n;
  /** What waits until the header is known, where that cannot be written over. */
  private readonly waiting: Uint8Array[] = [];

  constructor(core: Core, sink: Sink) {
    this.sink = sink;
    this.codec = new EventCodec(core);
  }

  async begin(): Promise<void> {
    if (this.sink.patch) await this.sink.write(this.header());
  }

  async write(records: Records): Promise<void> {
    const lines: string[] = [];
    if (records.accesses > 0) this.leaveOut("access", records.accesses);
    for (let at = records.from; at < records.to && !records.arePlain; at++) {
      const event = records.event(at, this.codec);
      if (!event || event.event === "access") continue;
      const line = this.lineOf(event);
      if (line === undefined) this.leaveOut(event.event, 1);
      else lines.push(`${line}\n`);
    }
    const text = new TextEncoder().encode(lines.join(""));
    if (text.length === 0) return;
    if (this.sink.patch) await this.sink.write(text);
    else this.waiting.push(text);
  }

  async end(): Promise<void> {
    if (this.sink.patch) return this.sink.patch(this.header());
    await this.sink.write(this.header());
    for (const text of this.waiting) await this.sink.write(text);
  }

  /** The suggested heap (here: the largest payload), ids, operations, and a weight. */
  private header(): Uint8Array {
    const lines = [this.peak, this.ids, this.operations, 1];
    return new TextEncoder().encode(lines.map((line) => `${String(line).padStart(DIGITS)}\n`).join(""));
  }

  private lineOf(event: TraceEvent): string | undefined {
    if (event.event === "malloc") return this.allocate(event.id, event.size);
    if (event.event === "calloc") return this.allocate(event.id, event.count * event.size);
    if (event.event === "free") return this.free(event.id);
    if (event.event !== "realloc") return undefined;
    const block = this.blocks.get(event.id);
    if (!block) return this.allocate(event.newId, event.size);
    this.blocks.delete(event.id);
    this.hold(event.newId, block.number, event.size, block.bytes);
    this.operations++;
    return `r ${block.number} ${event.size}`;
  }

  private allocate(id: string, bytes: bigint): string {
    const number = this.ids++;
    this.hold(id, number, bytes, 0n);
    this.operations++;
    return `a ${number} ${bytes}`;
  }

  private free(id: string): string | undefined {
    if (id === NULL) {
      this.operations++;
      return "f -1";
    }
    const block = this.blocks.get(id);
    if (!block) return undefined;
    this.blocks.delete(id);
    this.bytes -= block.bytes;
    this.operations++;
    return `f ${block.number}`;
  }

  private hold(id: string, number: number, bytes: bigint, before: bigint): void {
    this.blocks.set(id, { number, bytes });
    this.bytes += bytes - before;
    if (this.bytes > this.peak) this.peak = this.bytes;
  }

  private leaveOut(what: string, count: number): void {
    this.leftOut[what] = (this.leftOut[what] ?? 0) + count;
  }
}
