import type { Core } from "../core.js";

/** Bits of a note (assembly/heap/note.ts). */
const WRITTEN = 1;
const LINK = 2;
const OFFSET = ~3;

/** The words that one step of an operation touched, each once: those that it read before it wrote them, and then those that it wrote. @internal */
export interface Words {
  read: number[];
  /** Offsets from the heap's start, and what stands there now. */
  written: number[];
  values: number[];
}

/** Takes a heap's notes. @internal */
export function takeWords(core: Core): Words {
  const { exports } = core;
  const notes = core.u32(exports.notes.value, exports.notesMade.value);
  const read = new Set<number>();
  const links = new Map<number, boolean>();
  for (const note of notes) {
    const offset = (note & OFFSET) >>> 0;
    if (note & WRITTEN) links.set(offset, (note & LINK) !== 0);
    else if (!links.has(offset)) read.add(offset);
  }
  exports.emptyNotes();
  const base = exports.heapBase() >>> 0;
  const values: number[] = [];
  for (const [offset, isLink] of links) {
    const value = core.u32(base + offset, 1)[0] ?? 0;
    values.push(isLink ? linkOf(core, value - base) : value);
  }
  return { read: [...read], written: [...links.keys()], values };
}

/** A link as the process has it: how far the block's word is from the heap's start; 0 for the end of a list, which is not in the heap. */
function linkOf(core: Core, offset: number): number {
  return offset > 0 && offset < core.exports.heapRoom() >>> 0 ? offset : 0;
}
