// What finds free blocks. It is told of each that comes and goes, and knows them by the address of their header's word; listed.ts does the rest. To add one: a class
// with these methods in a file of its own in `organisations/`, its line in `policies.ts`, its twin in `test/oracle/heap/`.
//
// An interface has no cost here: the allocator is compiled for each class by itself.

export interface Organisation {
  /** Takes what memory it needs beside the heap, and is empty. False when linear memory is used up. */
  open(): bool;
  /** Forgets all free blocks: each is inserted again. */
  reset(): void;
  /** Bytes of a free block, behind its header, that are links. A constant of the class. */
  links(): u32;
  /** A free block of at least so many bytes, as the fit wants it; 0 where there is none. It stays where it is. */
  find(size: u32): usize;
  insert(block: usize, size: u32): void;
  remove(block: usize, size: u32): void;
  /** A block is removed, and one that is made of it, or of which it becomes a part, is inserted. The new one's tags are written. */
  replace(old: usize, oldSize: u32, block: usize, size: u32): void;
  /** What lies in these bytes has become one block. */
  merged(block: usize, size: u32): void;
  /** Tells `note` (validate.ts) of each block that it knows. False where its links contradict each other. */
  noteAll(): bool;
}
