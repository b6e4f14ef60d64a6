import type { Core } from "../engine/core.js";

/** A block of a heap, or what lies between mapped ones. */
export interface HeapBlock {
  /** A pointer to its first byte, which is of its header. */
  start: number;
  /** Its bytes: header, payload, padding, footer. */
  bytes: number;
  /** Whether it is allocated. */
  used: boolean;
  /** Whether it is mapped by itself; if it is not used, it was, and mapped blocks are still below it. */
  mapped: boolean;
  /** What its header says: its size, and flags in the bits below (1 allocated, 2 the previous block is allocated, 4 mapped). */
  header: number;
  /** A pointer to its payload. */
  payload: number;
}

/** The rows of the core's walk, as blocks. @internal */
export function* walkBlocks(core: Core, base: number): Generator<HeapBlock> {
  const { exports, enums } = core;
  const { HeapRow } = enums;
  let from = 0;
  do {
    const rows = exports.walkHeap(from) >>> 0;
    const words = core.u32(exports.walkRows.value, rows * HeapRow.Words).slice();
    from = exports.walkNext.value >>> 0;
    for (let at = 0; at < words.length; at += HeapRow.Words) {
      const word = (slot: number) => words[at + slot] ?? 0;
      const flags = word(HeapRow.Flags);
      yield {
        start: base + word(HeapRow.Start),
        bytes: word(HeapRow.Bytes),
        used: (flags & 1) !== 0,
        mapped: (flags & 4) !== 0,
        header: word(HeapRow.Bytes) + flags,
        payload: base + word(HeapRow.Payload),
      };
    }
  } while (from !== 0);
}
