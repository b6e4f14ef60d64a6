// What a heap asks and tells of the process that it is a heap of. By itself it has none: whatever it asks for it gets. Of the heap of a simulated process, the functions of
// the same names in note.ts stand in place of these (asnoted.mjs).

/** The low 32 bits of the address where the heap begins, which payloads of an alignment of their own hang on. */
export function origin(): u32 {
  return 0;
}

/** Whether the heap may grow by so many bytes, at its end. */
export function mayGrow(bytes: u32): bool {
  return true;
}

/**
 * Whether an area may be mapped by itself: `bytes` of it, from `start` on. Its payload is `lead` bytes behind its start, and a multiple of `alignment` in the process
 * too.
 */
export function mayMap(start: usize, bytes: u32, lead: u32, alignment: u32): bool {
  return true;
}

/** An area that was mapped is no more, once the words that were written so far are. */
export function unmapped(start: usize): void {}

/** Moves what a block holds. */
export function copyPayload(to: usize, from: usize, bytes: u32): void {
  memory.copy(to, from, bytes);
}

/** Zeroes what a block holds. */
export function zeroPayload(payload: usize, bytes: u32): void {
  memory.fill(payload, 0, bytes);
}
