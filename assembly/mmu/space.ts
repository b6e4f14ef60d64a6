// Address spaces, and the threads that run in them. A process has a space; `clone` gives another process the same one.

import { allocate } from "../base/arena";
import { AddressMap } from "./attributes";
import { Most } from "./format";

/** The tag of TLB entries that serve every space, and of the others where there are no ids. */
export const GLOBAL_TAG: u64 = 0;
export const ONE_TAG: u64 = 1;

@unmanaged
export class Space {
  /** In order of creation, from 0. */
  number: u32;
  /** What its TLB entries carry: an id + 1; 0: it has no id now. */
  tag: u32;
  /** When it was entered last: a count of switches. */
  entered: u64;
  /** Cores on which it is loaded, and those that may hold entries of it, a bit a core. */
  loaded: u64;
  held: u64;
  map: AddressMap;
  /** What the operating system keeps of it (process/memory.ts); 0: pages are mapped on first touch, and stay. */
  memory: usize;
  /** The root tables, one a half of the address space; 0: none yet. */
  lowRoot: usize;
  highRoot: usize;
  next: usize;
  unused: usize;

  /** Where the address of the table of a page size stands, of tables that are no tree. */
  tableAt(size: u32): usize {
    return changetype<usize>(this) + offsetof<Space>() + ((<usize>size) << 2);
  }
}

@unmanaged
export class Thread {
  process: u64;
  number: u64;
  space: Space;
  core: u32;
}

/** The first space made; each leads to the next. */
export let spaces: usize = 0;
let lastSpace: usize = 0;
export let spaceCount: u32 = 0;
/** The map that spaces start with. */
let firstMap: usize = 0;

/** Whose tables map the pages that all spaces share: global ones. It is no process's. */
export let globalSpace: Space = changetype<Space>(0);

/** The configured regions: every space starts with a map of them. False when memory is used up. */
export function openSpaces(map: AddressMap): bool {
  firstMap = changetype<usize>(map);
  const made = newSpace();
  if (made) globalSpace = made;
  return made != null;
}

/** Spaces that are used no more: each leads to the next by `unused`. */
let unusedSpaces: usize = 0;

/** A space is empty, and used no more: another process may get it. */
export function freeSpace(space: Space): void {
  space.unused = unusedSpaces;
  unusedSpaces = changetype<usize>(space);
}

/** A new, empty space; null when memory is used up. */
export function newSpace(): Space | null {
  if (unusedSpaces) {
    const again = changetype<Space>(unusedSpaces);
    unusedSpaces = again.unused;
    again.entered = 0;
    return again.map.copy(changetype<AddressMap>(firstMap)) ? again : null;
  }
  const at = allocate(offsetof<Space>() + ((<u64>Most.Sizes) << 2), 8);
  const map = allocate(offsetof<AddressMap>(), 8);
  if (!at || !map) return null;
  const space = changetype<Space>(at);
  space.map = changetype<AddressMap>(map);
  if (!space.map.copy(changetype<AddressMap>(firstMap))) return null;
  space.number = spaceCount++;
  if (lastSpace) changetype<Space>(lastSpace).next = at;
  else spaces = at;
  lastSpace = at;
  return space;
}
