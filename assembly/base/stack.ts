// A stack of numbers of 32 bits that grows.

import { allocate } from "./arena";
import { growBlock, takeBlock } from "./blocks";

const FIRST_BITS: u32 = 8;

@unmanaged
export class Stack {
  private words: usize;
  /** log2 of its bytes. */
  private bits: u32;
  length: u32;

  /** False when memory is used up: the number is not on the stack. */
  push(value: u32): bool {
    if ((<usize>this.length) << 2 == (<usize>1) << (<usize>this.bits)) {
      const grown = growBlock(this.words, this.bits);
      if (!grown) return false;
      this.words = grown;
      this.bits++;
    }
    store<u32>(this.words + ((<usize>this.length) << 2), value);
    this.length++;
    return true;
  }

  at(place: u32): u32 {
    return load<u32>(this.words + ((<usize>place) << 2));
  }

  /** The last number that was pushed, of one at least. */
  pop(): u32 {
    this.length--;
    return load<u32>(this.words + ((<usize>this.length) << 2));
  }

  open(): bool {
    this.bits = FIRST_BITS;
    this.words = takeBlock(FIRST_BITS);
    return this.words != 0;
  }
}

/** An empty stack, or null when memory is used up. */
export function newStack(): Stack | null {
  const stack = changetype<Stack | null>(allocate(offsetof<Stack>(), 4));
  return stack && stack.open() ? stack : null;
}
