import type { Place } from "./contents.js";

const WORD = 8n;
/** Where what has a name lies, and how far apart: beyond every heap. */
const NAMED = 0x7000_0000_0000n;
const APART = 1n << 32n;

interface Word {
  bytes: Uint8Array;
  /** It is known to be a pointer. */
  isPointer: boolean;
}

/** A frame, or other memory that is no block of the heap: what is known of it, by the place of aligned words. */
interface Region {
  start: bigint;
  words: Map<bigint, Word>;
}

/** A program's memory beside its heap, as far as a trace tells of it. */
export class Outside {
  /** Of each stack, the last on top. */
  private readonly stacks = new Map<string, { name: string; region: Region }[]>();
  private readonly named = new Map<string, Region[]>();
  private regions = 0n;

  constructor() {
    this.named.set("", [{ start: 0n, words: new Map() }]);
  }

  push(stack: string, name: string): void {
    const frames = this.stacks.get(stack) ?? [];
    this.stacks.set(stack, frames);
    frames.push({ name, region: this.region(name) });
  }

  /** The last frame of a stack, and all that is in it, is gone. */
  pop(stack: string): void {
    const frame = this.stacks.get(stack)?.pop();
    if (!frame) return;
    const regions = this.named.get(frame.name) ?? [];
    regions.splice(regions.lastIndexOf(frame.region), 1);
  }

  /** One of the stacks goes on, as another. The others are memory that nobody pops frames of. */
  fork(stack: string, child: string): void {
    const frames = this.stacks.get(stack);
    this.stacks.clear();
    if (frames) this.stacks.set(child, frames);
  }

  address({ name, offset }: Extract<Place, { name: string }>): bigint {
    return this.find(name).start + offset;
  }

  write({ name, offset }: Extract<Place, { name: string }>, bytes: Uint8Array, isPointer: boolean): void {
    const { words } = this.find(name);
    for (const [at, byte] of bytes.entries()) {
      const place = offset + BigInt(at);
      const key = place >> 3n;
      const word = words.get(key) ?? { bytes: new Uint8Array(8), isPointer: false };
      words.set(key, word);
      word.bytes[Number(place & (WORD - 1n))] = byte;
      word.isPointer = isPointer && key === offset >> 3n && (offset & (WORD - 1n)) === 0n;
    }
  }

  /** The words that are known to be pointers, and the others. */
  words(): { known: bigint[]; doubtful: bigint[] } {
    const known: bigint[] = [];
    const doubtful: bigint[] = [];
    for (const regions of this.named.values()) {
      for (const { words } of regions) {
        for (const { bytes, isPointer } of words.values()) {
          const value = new DataView(bytes.buffer).getBigUint64(0, true);
          (isPointer ? known : doubtful).push(value);
        }
      }
    }
    return { known, doubtful };
  }

  private find(name: string): Region {
    return this.named.get(name)?.at(-1) ?? this.region(name);
  }

  private region(name: string): Region {
    const region = { start: NAMED + APART * this.regions++, words: new Map() };
    const list = this.named.get(name);
    if (list) list.push(region);
    else this.named.set(name, [region]);
    return region;
  }
}
