// A block's events: the rows of the core's table as numbers, and the strings that they name by their place in the block.

import type { Enums } from "../../engine/core.js";
import type { Strings } from "../strings.js";
import { VarintReader, VarintWriter } from "./varint.js";

type Slots = Enums["EventRow"];

/** What may follow an event's kind and mask, in this order, a bit of the mask each. */
const SLOTS = ["Flags", "A", "B", "C", "D", "Line", "Name", "Text", "File", "Base"] as const;
const LONGS: readonly string[] = ["A", "B", "C", "D"];
const STRINGS: readonly string[] = ["Name", "Text", "File", "Base"];

interface Slot {
  at: number;
  isLong: boolean;
  isString: boolean;
}

function slotsOf(slots: Slots): Slot[] {
  return SLOTS.map((name) => ({
    at: slots[name],
    isLong: LONGS.includes(name),
    isString: STRINGS.includes(name),
  }));
}

/** Collects the events of a block. */
export class BlockEvents {
  count = 0;
  private readonly slots: Slot[];
  private readonly kindAt: number;
  private readonly rows = new VarintWriter();
  private readonly strings = new VarintWriter();
  /** The block's number for each of the reading's strings. */
  private readonly numbers = new Map<number, number>();

  constructor(slots: Slots) {
    this.slots = slotsOf(slots);
    this.kindAt = slots.Kind;
  }

  get bytes(): number {
    return this.rows.size + this.strings.size;
  }

  /** The parts, which hold until the next change. */
  get parts(): { rows: Uint8Array; strings: Uint8Array } {
    return { rows: this.rows.bytes, strings: this.strings.bytes };
  }

  clear(): void {
    this.count = 0;
    this.rows.clear();
    this.strings.clear();
    this.numbers.clear();
  }

  /** Adds the event whose row begins at `from`. */
  add(words: Uint32Array, from: number, strings: Strings): void {
    const { rows, slots } = this;
    this.count++;
    rows.word(words[from + this.kindAt] ?? 0);
    let mask = 0;
    let bit = 1;
    for (const { at, isLong } of slots) {
      if (words[from + at] || (isLong && words[from + at + 1])) mask |= bit;
      bit <<= 1;
    }
    rows.word(mask);
    bit = 1;
    for (const { at, isLong, isString } of slots) {
      if (mask & bit) {
        const value = words[from + at] ?? 0;
        if (isString) rows.word(this.numberOf(value, strings));
        else rows.long(value, isLong ? (words[from + at + 1] ?? 0) : 0);
      }
      bit <<= 1;
    }
  }

  private numberOf(string: number, strings: Strings): number {
    const known = this.numbers.get(string);
    if (known !== undefined) return known;
    const number = this.numbers.size + 1;
    this.numbers.set(string, number);
    this.strings.text(strings.text(string));
    return number;
  }
}

/**
 * Fills rows with a block's events.
 *
 * @param kinds the number of kinds of event that there are
 * @throws RangeError where the bytes are no events, or other than `rows.length`
 */
export function readEvents(
  slots: Slots,
  kinds: number,
  parts: { rows: Uint8Array; strings: Uint8Array },
  events: Uint32Array[],
  strings: Strings,
): void {
  const numbers = readStrings(parts.strings, strings, STRINGS.length * events.length);
  const known = slotsOf(slots);
  const reader = new VarintReader(parts.rows);
  for (const row of events) {
    row.fill(0);
    const kind = reader.word();
    if (kind >= kinds) throw new RangeError(`there is no event ${kind}`);
    row[slots.Kind] = kind;
    const mask = reader.word();
    if (mask >>> known.length) throw new RangeError("an event has parts that are not known");
    for (const [bit, { at, isLong, isString }] of known.entries()) {
      if (!(mask & (1 << bit))) continue;
      if (isLong) {
        reader.long();
        row[at] = reader.low;
        row[at + 1] = reader.high;
      } else row[at] = isString ? stringOf(numbers, reader.word()) : reader.word();
    }
  }
  if (!reader.isDone) throw new RangeError("there is more than the events");
}

function readStrings(bytes: Uint8Array, strings: Strings, most: number): number[] {
  const reader = new VarintReader(bytes);
  const numbers = [0];
  while (!reader.isDone) {
    if (numbers.length > most) throw new RangeError("there are more strings than its events can name");
    numbers.push(strings.numberOf(reader.text()));
  }
  return numbers;
}

function stringOf(numbers: readonly number[], number: number): number {
  const found = numbers[number];
  if (found === undefined) throw new RangeError(`there is no string ${number}`);
  return found;
}
