import { PagewalkError } from "../errors.js";
import { DenseMap } from "./densemap.js";
import { IdMap } from "./idmap.js";
import { NULL_SLOT } from "./opcodes.js";

/** Names that are numbers below this are expected to lie close together. */
const DENSE = 2 ** 24;

/** A block's ID, as an event's row has it: a number, which was an address in the program or a name; or a word. */
export interface Id {
  low: number;
  high: number;
  isAddress: boolean;
  /** Not a number, where it is not empty. */
  word: string;
}

/** The live blocks of a process: their IDs, and the dense numbers, slots, that they have in operations. */
export class Blocks {
  private dense: DenseMap;
  private numbers: IdMap;
  private addresses: IdMap;
  private words: Map<string, number>;
  /** Slots that were given back, the last on top. */
  private free: number[];
  private next: number;

  /** @param from blocks to begin with: those of the process that forks */
  constructor(from?: Blocks) {
    this.dense = new DenseMap(from?.dense);
    this.numbers = new IdMap(from?.numbers);
    this.addresses = new IdMap(from?.addresses);
    this.words = new Map(from?.words);
    this.free = from ? from.free.slice() : [];
    this.next = from?.next ?? 0;
  }

  /** Slots in use at once, at most. */
  get slots(): number {
    return this.next;
  }

  /** The slot of a block; `NULL_SLOT` of an ID that stands for no block; -1 of one that is unknown. */
  find(id: Id): number {
    if (id.word) return this.words.get(id.word) ?? -1;
    if (isNull(id)) return NULL_SLOT;
    return isDense(id) ? this.dense.get(id.low) : this.mapOf(id).get(id.low, id.high);
  }

  /** The same, and forgets the ID. */
  forget(id: Id): number {
    if (id.word) {
      const slot = this.words.get(id.word) ?? -1;
      this.words.delete(id.word);
      return slot;
    }
    if (isNull(id)) return NULL_SLOT;
    return isDense(id) ? this.dense.take(id.low) : this.mapOf(id).take(id.low, id.high);
  }

  /** Gives a slot an ID. */
  name(id: Id, slot: number): void {
    if (id.word) this.words.set(id.word, slot);
    else if (isDense(id)) this.dense.set(id.low, slot);
    else if (!isNull(id)) this.mapOf(id).set(id.low, id.high, slot);
  }

  /** A slot that no block has. */
  take(): number {
    const slot = this.free.pop() ?? this.next++;
    if (slot < NULL_SLOT) return slot;
    throw new PagewalkError(
      "E_MEMORY",
      `more than ${NULL_SLOT} blocks are live at once, which is the most that a heap can have`,
    );
  }

  release(slot: number): void {
    this.free.push(slot);
  }

  /** Gives up all tables, which take as much as a heap; `slots` stays. */
  close(): void {
    this.dense = new DenseMap();
    this.numbers = new IdMap();
    this.addresses = new IdMap();
    this.words = new Map();
    this.free = [];
  }

  private mapOf({ isAddress }: Id): IdMap {
    return isAddress ? this.addresses : this.numbers;
  }
}

function isDense({ low, high, isAddress }: Id): boolean {
  return !isAddress && high === 0 && low < DENSE;
}

/** Whether it is the null pointer. */
export function isNull({ low, high, isAddress, word }: Id): boolean {
  return isAddress && low === 0 && high === 0 && word === "";
}

/** An ID that traces write so. */
export function idOf(text: string): Id {
  if (!/^[0-9]/.test(text)) return { low: 0, high: 0, isAddress: false, word: text };
  const value = BigInt.asUintN(64, BigInt(text));
  const [low, high] = [value & 0xffffffffn, value >> 32n].map(Number) as [number, number];
  return { low, high, isAddress: text.startsWith("0x"), word: "" };
}

/** An ID as traces write it. */
export function idText({ low, high, isAddress, word }: Id): string {
  if (word) return word;
  const value = (BigInt(high) << 32n) | BigInt(low);
  return isAddress ? `0x${value.toString(16)}` : String(value);
}
