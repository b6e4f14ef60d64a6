import { Core } from "../engine/core.js";
import type { Slice } from "../engine/machine.js";
import { PagewalkError } from "../errors.js";
import type { Feed, Several, TraceHead } from "./feed.js";
import type { Interleaved } from "./interleave.js";
import { Lane } from "./lane.js";
import { Records } from "./records.js";
import { Stream } from "./stream.js";

/** Records of the batch up to `to` that are of one trace. */
interface Span {
  lane: Lane;
  to: number;
}

/** One reading of several traces in turn. @internal */
export class Turns implements Feed {
  readonly processes = [];
  private readonly core: Core;
  private readonly traces: Interleaved;
  private readonly stream: Stream;
  private lanes: readonly Lane[] = [];
  /** Those that have not ended, the one whose turn it is, and the accesses that are left of its turn. */
  private round: Lane[] = [];
  private turn = 0;
  private left: number;
  /** The one that the machine was told of. */
  private running: Lane | undefined;
  /** Whose records the last batch holds, and accesses of the batches before it. */
  private spans: Span[] = [];
  private counted = 0;
  private closed = false;

  constructor(core: Core, traces: Interleaved) {
    this.core = core;
    this.traces = traces;
    this.stream = new Stream(core);
    this.left = traces.every;
  }

  async open(signal?: AbortSignal): Promise<void> {
    const { traces, as } = this.traces;
    for (const [i, trace] of traces.entries()) {
      const core = await Core.create(this.core.module);
      if (this.closed) return;
      const lane = new Lane(core, trace, i + 1, traces.length, as === "threads");
      this.lanes = [...this.lanes, lane];
      await lane.cursor.open(signal);
    }
    this.round = [...this.lanes];
  }

  /**
   * A batch holds what is at hand, and waits for nothing: what comes before a failure is handed out before it, and memory
   * stays as it is while a batch is put together.
   */
  async next(): Promise<Slice | undefined> {
    this.count(this.stream.slice.accesses);
    while (true) {
      const slice = this.fill();
      if (slice.to > 0) return slice;
      const lane = this.round[this.turn];
      if (!lane) return undefined;
      const isThere = await lane.load();
      if (this.closed) throw new PagewalkError("E_ABORTED", "the traces were closed while they were read");
      if (!isThere) this.leave();
    }
  }

  close(): void {
    this.closed = true;
    for (const { cursor } of this.lanes) cursor.close();
  }

  get several(): Several {
    const parts = (accesses: number) => {
      this.count(accesses - this.counted);
      return this.lanes.map((lane) => lane.part());
    };
    return { every: this.traces.every, parts };
  }

  get head(): TraceHead {
    const heads = this.lanes.map(({ cursor }) => cursor.head);
    const all = (name: "format" | "compression") => {
      const names = heads.map((head) => head[name]);
      return [...(new Set(names).size > 1 ? names : names.slice(0, 1))].join(" + ");
    };
    const path = this.traces.traces.map(({ path }) => path).join(" + ");
    return { path, format: all("format"), compression: all("compression") };
  }

  get meter(): Feed["meter"] {
    const meters = this.lanes.map(({ cursor }) => cursor.meter);
    const size = meters.reduce<number | undefined>(
      (sum, { size }) => (sum === undefined || size === undefined ? undefined : sum + size),
      0,
    );
    return { done: meters.reduce((sum, { done }) => sum + done, 0), size };
  }

  get filtered(): number {
    return this.lanes.reduce((sum, { cursor }) => sum + cursor.filtered, 0);
  }

  get skipped(): number {
    return this.lanes.reduce((sum, { cursor }) => sum + cursor.skipped, 0);
  }

  get strings(): Feed["strings"] {
    return this.stream.strings;
  }

  get other(): Record<string, number> {
    const sums: Record<string, number> = {};
    for (const { cursor } of this.lanes) {
      for (const [name, count] of Object.entries(cursor.other)) sums[name] = (sums[name] ?? 0) + count;
    }
    return sums;
  }

  get notes(): string[] {
    return [...new Set(this.lanes.flatMap(({ cursor }) => cursor.notes))];
  }

  /** A batch of what is at hand; empty where the trace whose turn it is has nothing there. */
  private fill(): Slice {
    const { stream } = this;
    stream.begin();
    this.spans = [];
    for (let lane = this.round[this.turn]; lane?.isLoaded; lane = this.round[this.turn]) {
      if (!this.enter(lane)) break;
      this.left -= lane.move(stream, this.left);
      this.spans.push({ lane, to: stream.records });
      if (this.left === 0) this.pass((this.turn + 1) % this.round.length);
      else if (lane.isLoaded) break;
    }
    return stream.slice;
  }

  /** Tells the machine who runs now, where it is another trace's turn. False where that has no room. */
  private enter(lane: Lane): boolean {
    const { stream } = this;
    if (!stream.hasRoomForEvent) return false;
    if (lane === this.running) return true;
    this.running = lane;
    if (lane.isSwitch) return true;
    stream.event(lane.switchRow, stream.strings);
    return true;
  }

  /** The trace whose turn it is has ended. */
  private leave(): void {
    this.round.splice(this.turn, 1);
    this.pass(this.turn < this.round.length ? this.turn : 0);
  }

  private pass(turn: number): void {
    this.turn = turn;
    this.left = this.traces.every;
  }

  /** Counts the first so many accesses of the last batch as taken. */
  private count(accesses: number): void {
    const { slice, strings } = this.stream;
    const records = new Records(this.core, slice, strings);
    let left = Math.min(accesses, slice.accesses);
    let from = 0;
    this.counted += left;
    for (const { lane, to } of this.spans) {
      left -= records.tally(from, to, left, lane.kinds);
      from = to;
    }
    this.spans = [];
  }
}
