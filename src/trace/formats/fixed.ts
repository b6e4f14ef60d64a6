import type { Core } from "../../engine/core.js";
import type { ByteSource } from "../bytes.js";
import type { Reader, ReaderOptions } from "../format.js";
import { Window } from "../window.js";
import { BadRecords } from "./bad.js";

/** A format of records of one length that the core decodes. */
export interface FixedRules {
  /** Bytes of a record. */
  bytes: number;
  /** Decodes whole records between two places of the window. The core's status. */
  decode(core: Core, start: number, end: number): number;
  /** What is wrong with the record at a place of the window that the core refused. */
  why(window: Window): string;
  notes?: readonly string[];
}

/** Bytes of the start by which rules may be chosen. */
const HEAD = 1 << 13;

/** Moves records of one length through the core's window, where the core decodes them. */
export class FixedReader implements Reader {
  readonly processes = [];
  events = 0;
  private readonly core: Core;
  private readonly window: Window;
  private readonly file: string;
  private readonly bad: BadRecords;
  private rules: FixedRules | undefined;
  private readonly layoutOf: (window: Window) => FixedRules;

  /** @param layoutOf the rules, by the trace's start in the window */
  constructor(
    core: Core,
    bytes: ByteSource,
    options: ReaderOptions,
    layoutOf: (window: Window) => FixedRules,
  ) {
    this.core = core;
    this.window = new Window(core, bytes);
    this.file = options.file;
    this.bad = new BadRecords(options);
    this.layoutOf = layoutOf;
  }

  get notes(): readonly string[] {
    return this.rules?.notes ?? [];
  }

  get skipped(): number {
    return this.bad.skipped;
  }

  close(): void {
    this.window.close();
  }

  async next(): Promise<number> {
    const { Result, Status } = this.core.enums;
    const { window } = this;
    const rules = this.rules ?? (await this.begin());
    while (true) {
      const status = rules.decode(this.core, window.start, window.end);
      const results = this.core.results();
      window.start = results[Result.Consumed] ?? 0;
      this.events = results[Result.Events] ?? 0;
      const records = results[Result.Records] ?? 0;
      if (records > 0) return records;
      if (status === Status.BadRecord) this.passOver(rules.bytes, rules.why(window));
      else if (!window.atEnd) await window.refill();
      else return this.finish(rules);
    }
  }

  private async begin(): Promise<FixedRules> {
    const { window } = this;
    while (!window.atEnd && window.end < HEAD) await window.refill();
    this.rules = this.layoutOf(window);
    return this.rules;
  }

  private finish({ bytes }: FixedRules): 0 {
    const { window } = this;
    if (window.failure) throw window.failure;
    const left = window.end - window.start;
    if (left > 0) this.passOver(left, `only ${left} of its ${bytes} bytes are there: the trace is cut`);
    return 0;
  }

  private passOver(bytes: number, why: string): void {
    this.bad.passOver(this.file, this.window.position, why);
    this.window.start += bytes;
  }
}
