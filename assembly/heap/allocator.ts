// What serves requests: `Listed` over an organisation, or `Buddy`. Payloads are addresses in linear memory, 0 is NULL. To be compiled for each by itself.

export interface Allocator {
  /** An empty heap. False when linear memory is used up. */
  open(): bool;
  /** At the alignment that is asked for (aligned.ts). 0: there is no room. Compiled into the loop over operations, as `release` is. */
  allocate(size: u32): usize;
  release(payload: usize): void;
  /** The same, as functions. */
  allocateAlone(size: u32): usize;
  releaseAlone(payload: usize): void;
  /** Where the payload is then; 0: there is no room, and nothing has changed. `old` of its bytes are kept, as far as there is room. */
  resize(payload: usize, old: u32, size: u32): usize;
  /** Bytes of a free block that are links. A constant of the class. */
  links(): u32;
  /** Notes all free blocks that it would find (tally.ts); false where they contradict each other. */
  noteAll(): bool;
}
