// The ways in which a field of an event lies in its row of the core's table.

import { sizeBits, sizeName } from "../config/sizes.js";
import type { Enums } from "../engine/core.js";
import { type Address, type Answer, type BlockId, ERRNOS } from "./events.js";
import type { Strings } from "./strings.js";

/** Where in a row's flags an answer lies: 0: none, 1: ok, else an error's number + 1. */
const ANSWER_SHIFT = 20;
const ANSWER_BITS = 12;

/** One field of an event. `read` gives undefined for one that was not there. */
export interface Part {
  field: string;
  write(row: Uint32Array, value: never, strings: Strings): void;
  read(row: Uint32Array, strings: Strings): unknown;
}

type Slots = Enums["EventRow"];
type Slot = keyof Slots;

/** Makes the parts for a core's layout of rows. */
export class Parts {
  private readonly slots: Slots;

  constructor(slots: Slots) {
    this.slots = slots;
  }

  long(field: string, slot: Slot): Part {
    const at = this.slots[slot];
    return part<bigint>(
      field,
      (row, value) => setLong(row, at, value),
      (row) => getLong(row, at),
    );
  }

  /** A number that may be missing, and then is 0. */
  optionalLong(field: string, slot: Slot): Part {
    return optional(this.long(field, slot));
  }

  signed(field: string, slot: Slot): Part {
    const at = this.slots[slot];
    return part<bigint>(
      field,
      (row, value) => setLong(row, at, BigInt.asUintN(64, value)),
      (row) => BigInt.asIntN(64, getLong(row, at)),
    );
  }

  /** The same of one that may be missing, and then is 0. */
  optionalSigned(field: string, slot: Slot): Part {
    return optional(this.signed(field, slot));
  }

  text(field: string, slot: Slot): Part {
    const at = this.slots[slot];
    return part<string>(
      field,
      (row, value, strings) => {
        row[at] = strings.numberOf(value);
      },
      (row, strings) => strings.text(row[at] ?? 0),
    );
  }

  optionalText(field: string, slot: Slot): Part {
    return optional(this.text(field, slot));
  }

  /** Some of a list of names, a bit each. */
  choices<T extends string>(field: string, names: readonly T[], shift: number): Part {
    return part<T[]>(
      field,
      (row, value) => {
        for (const name of value) this.setFlags(row, shift, 1 << names.indexOf(name));
      },
      (row) => names.filter((_, bit) => this.flags(row, shift + bit, 1)),
    );
  }

  /** One of a list of names. */
  choice<T extends string>(field: string, names: readonly T[]): Part {
    return part<T>(
      field,
      (row, value) => this.setFlags(row, 0, names.indexOf(value)),
      (row) => names[this.flags(row, 0, 8)] || undefined,
    );
  }

  flag(field: string, bit = 0): Part {
    return part<boolean>(
      field,
      (row, value) => this.setFlags(row, bit, Number(value)),
      (row) => this.flags(row, bit, 1) === 1,
    );
  }

  /** A flag that is missing where it is not set. */
  optionalFlag(field: string, bit: number): Part {
    return optional(this.flag(field, bit));
  }

  /** What a call answered. */
  answer(field: string): Part {
    return part<Answer>(
      field,
      (row, value) => this.setFlags(row, ANSWER_SHIFT, value === "ok" ? 1 : ERRNOS[value] + 1),
      (row) => answerOf(this.flags(row, ANSWER_SHIFT, ANSWER_BITS)),
    );
  }

  /** The name of a power of two, as its log2. */
  pageSize(field: string): Part {
    return part<string>(
      field,
      (row, value) => this.setFlags(row, 0, sizeBits(value) ?? 0),
      (row) => sizeName(this.flags(row, 0, 8)),
    );
  }

  /** An address in `A`, or its offset there and its base in `Base`. */
  address(field: string): Part {
    const { A, Base } = this.slots;
    return part<Address>(
      field,
      (row, value, strings) => {
        setLong(row, A, typeof value === "bigint" ? value : BigInt.asUintN(64, value.offset));
        if (typeof value !== "bigint") row[Base] = strings.numberOf(value.base);
      },
      (row, strings) => {
        const value = getLong(row, A);
        const base = strings.text(row[Base] ?? 0);
        return base ? { base, offset: BigInt.asIntN(64, value) } : value;
      },
    );
  }

  /** A block's ID: digits or an address in `slot`, with a flag that tells which; or a word in `wordSlot`. */
  id(field: string, slot: Slot, wordSlot: Slot, flag: number): Part {
    const at = this.slots[slot];
    const wordAt = this.slots[wordSlot];
    return part<BlockId>(
      field,
      (row, value, strings) => {
        if (!/^[0-9]/.test(value)) {
          row[wordAt] = strings.numberOf(value);
          return;
        }
        this.setFlags(row, flag, Number(value.startsWith("0x")));
        setLong(row, at, BigInt(value));
      },
      (row, strings) => {
        const word = row[wordAt];
        if (word) return strings.text(word);
        const value = getLong(row, at);
        return this.flags(row, flag, 1) ? `0x${value.toString(16)}` : String(value);
      },
    );
  }

  private flags(row: Uint32Array, shift: number, bits: number): number {
    return ((row[this.slots.Flags] ?? 0) >>> shift) & (2 ** bits - 1);
  }

  private setFlags(row: Uint32Array, shift: number, value: number): void {
    row[this.slots.Flags] = (row[this.slots.Flags] ?? 0) | (value << shift);
  }
}

/** The answer of a number; undefined for 0, and for one that stands for no error that is known. */
function answerOf(number: number): Answer | undefined {
  if (number === 1) return "ok";
  return (Object.keys(ERRNOS) as (keyof typeof ERRNOS)[]).find((name) => ERRNOS[name] === number - 1);
}

export function part<T>(
  field: string,
  write: (row: Uint32Array, value: T, strings: Strings) => void,
  read: (row: Uint32Array, strings: Strings) => T | undefined,
): Part {
  return { field, write, read };
}

function optional({ field, write, read }: Part): Part {
  return { field, write, read: (row, strings) => read(row, strings) || undefined };
}

export function setLong(row: Uint32Array, at: number, value: bigint): void {
  row[at] = Number(value & 0xffffffffn);
  row[at + 1] = Number((value >> 32n) & 0xffffffffn);
}

export function getLong(row: Uint32Array, at: number): bigint {
  return BigInt(row[at] ?? 0) | (BigInt(row[at + 1] ?? 0) << 32n);
}
