import type { Core } from "../engine/core.js";
import type { SourcePlace } from "../trace/events.js";
import type { Strings } from "../trace/strings.js";

/** A line of the source, or, where the trace names none, the line of the trace. @internal */
export type FoundPlace = SourcePlace | { traceLine: number };

/**
 * The numbers that the core knows files and names by. A place is 64 bits: a file's number and a line in it, or 0 and a line of the trace;
 * 0n is none. @internal
 */
export class Texts {
  private readonly texts = [""];
  private readonly numbers = new Map<string, number>();
  /** By the number that the trace's reader gave a text last. */
  private readonly bound = new Map<number, number>();

  numberOf(text: string): number {
    if (text === "") return 0;
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    this.numbers.set(text, this.texts.length);
    return this.texts.push(text) - 1;
  }

  text(number: number): string {
    return this.texts[number] ?? "";
  }

  /** @param line of the trace */
  place(at: SourcePlace | undefined, line = 0): bigint {
    if (!at?.file) return BigInt(line);
    return (BigInt(this.numberOf(at.file)) << 32n) | BigInt(at.line);
  }

  placeOf(place: bigint): FoundPlace | undefined {
    const line = Number(place & 0xffff_ffffn);
    if (place >= 1n << 32n) return { file: this.text(Number(place >> 32n)), line };
    return line > 0 ? { traceLine: line } : undefined;
  }

  /** What errors call a place. */
  name(place: bigint): string {
    const found = this.placeOf(place);
    if (!found) return "check";
    return "traceLine" in found ? `line ${found.traceLine}` : (placeText(found) ?? "");
  }

  /**
   * Gives the files of the first `rows` events in the core's table these numbers, once. Whether any of them is an allocation at the address that a
   * traced program had.
   */
  bind(core: Core, rows: number, strings: Strings): boolean {
    const { EventKind, EventRow } = core.enums;
    const words = core.u32(core.exports.events.value, rows * EventRow.Words);
    let captured = false;
    for (let row = 0; row < words.length; row += EventRow.Words) {
      const kind = words[row + EventRow.Kind] ?? 0;
      const isGiven = kind === EventKind.Malloc || kind === EventKind.Calloc;
      captured ||= isGiven && ((words[row + EventRow.Flags] ?? 0) & 1) === 1;
      const state = words[row + EventRow.Line2] ?? 0;
      const file = words[row + EventRow.File] ?? 0;
      if (state & 1 || file === 0) continue;
      words[row + EventRow.Line2] = state | 1;
      words[row + EventRow.File] = this.boundOf(file, strings);
    }
    return captured;
  }

  private boundOf(file: number, strings: Strings): number {
    const known = this.bound.get(file);
    if (known !== undefined) return known;
    const number = this.numberOf(strings.text(file));
    // The reader's numbers do not come back once it has forgotten them.
    if (this.bound.size > 100_000) this.bound.clear();
    this.bound.set(file, number);
    return number;
  }
}

/** FILE:LINE; FILE where the line is not known; null for none of the source. @internal */
export function placeText(place: FoundPlace | undefined): string | null {
  if (!place || "traceLine" in place) return null;
  return place.line > 0 ? `${place.file}:${place.line}` : place.file;
}
