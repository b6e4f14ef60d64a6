import { expect } from "vitest";
import { type CompiledCore, Core } from "../../src/engine/core.js";
import { PagewalkError } from "../../src/errors.js";
import { Cursor } from "../../src/trace/cursor.js";
import { Records } from "../../src/trace/records.js";
import { openTrace, type TraceOptions } from "../../src/trace/trace.js";

/** Characters of an error's message: a place, some of the text, what would be right. */
const LONGEST = 600;
/** An error of these says all there is to say of the whole trace. */
const WHOLE =
  /: (?:is empty|no known format|holds no |compressed more than|a zip archive in a stream|the zip archive )/;

/** What a reading came to: the numbers of each access, and of each event's row. */
export interface Outcome {
  records: string[];
  error: PagewalkError | undefined;
}

/** Reads garbled traces, one after the other, with one core. */
export class Reading {
  private readonly core: Core;
  private readonly memory: number;

  private constructor(core: Core) {
    this.core = core;
    this.memory = core.exports.memory.buffer.byteLength;
  }

  static async begin(module: CompiledCore): Promise<Reading> {
    return new Reading(await Core.create(module));
  }

  /** Reads bytes, at hand or in pieces, to their end. Whatever they are, the result is records, or an error that says where. */
  async of(bytes: Uint8Array, options: TraceOptions = {}, piece?: number): Promise<Outcome> {
    const outcome = await this.read(bytes, options, piece);
    expect(this.core.exports.memory.buffer.byteLength).toBe(this.memory);
    if (outcome.error) expectPlace(outcome.error);
    return outcome;
  }

  private async read(bytes: Uint8Array, options: TraceOptions, piece: number | undefined): Promise<Outcome> {
    const { core } = this;
    const cursor = new Cursor(core, openTrace(piece === undefined ? bytes : pieces(bytes, piece), options));
    const records: string[] = [];
    try {
      await cursor.open();
      for (let slice = await cursor.next(); slice; slice = await cursor.next()) {
        const found = new Records(core, slice, cursor.strings);
        const { addresses, infos } = found;
        for (let at = slice.from; at < slice.to; at++) {
          records.push(
            found.row(at)?.join(" ") ?? `${addresses[2 * at + 1]} ${addresses[2 * at]} ${infos[at]}`,
          );
        }
      }
    } catch (thrown) {
      if (!(thrown instanceof PagewalkError)) throw thrown;
      return { records, error: thrown };
    } finally {
      cursor.close();
    }
    return { records, error: undefined };
  }
}

/** One line, not too long, of the trace, with a line or a byte of it. */
function expectPlace({ code, at, message }: PagewalkError): void {
  expect(code).toBe("E_TRACE");
  expect(message).toMatch(/^\(bytes\): [^\n\r]+$/);
  if (WHOLE.test(message)) return;
  expect(message.length).toBeLessThan(LONGEST);
  expect(at.line ?? at.byte, message).toBeGreaterThanOrEqual(0);
}

async function* pieces(bytes: Uint8Array, piece: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
}
