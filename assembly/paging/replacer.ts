// The replacement policy of the machine's frames.

/** Frames are limited, or a policy lets pages go by itself: it is told of every lookup. */
export let replacing: bool = false;
let frames: u32 = 0;

export function isFull(resident: u32): bool {
  return resident + 1 > frames;
}

export function admit(page: u32): void {}
export function insert(page: u32): void {}
export function hit(page: u32): void {}
export function drop(page: u32): void {}
export function evict(): u32 {
  return 0;
}
