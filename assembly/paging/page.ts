// Pages: what can be in a frame. A page is anonymous (its content is nowhere else, but in swap) or of a file. It is named by a number from 1,
// which is given again once it is gone.
//
//   page | frame | refs | file | slot | index u64 | content | locks | mapper: memory, next, page u64 |

import { allocate } from "../base/arena";
import { takeBlock } from "../base/blocks";
import { growArray } from "./arrays";
import { Page as PageFlag, flagsOf, mark, setFlags } from "./moment";

/** The file of pages that are tables (process/tables.ts): none has such an address. */
export const TABLE: usize = 1;

@unmanaged
export class Page {
  /** The frame's number + 1; 0: it is in none. */
  frame: u32;
  /** Mappings, whether in a frame or not. A file counts as one for each page of it that was ever in a frame. */
  refs: u32;
  /** The file (process/files.ts) whose page it is; 0: it is anonymous. */
  file: usize;
  /** The slot's number + 1 that holds its content in swap; 0: none. */
  slot: u32;
  /** Which page of the file. */
  index: u64;
  /** Its bytes, while it is in a frame and contents are kept. */
  content: usize;
  /** Mappings that may not be evicted. */
  locks: u32;
  /** Who maps it: the first of a chain, and whether there is one. */
  memory: usize;
  next: usize;
  page: u64;

  /** Somebody maps the page elsewhere. */
  moveMapper(memory: usize, from: u64, to: u64): bool {
    removeMapper(this, memory, from);
    return addMapper(this, memory, to);
  }
}

/** Another one who maps a page. */
@unmanaged
class Mapper {
  memory: usize;
  next: usize;
  page: u64;
}

/** log2 of the bytes that Mappers are taken from. */
const MAPPERS: u32 = 13;
/** Mappers that are used no more, the first of a chain; and those that never were, from one address up to another. */
let freeMappers: usize = 0;
let unusedMappers: usize = 0;
let endOfMappers: usize = 0;

/** A Mapper, whatever is in it; 0 when memory is used up. */
function takeMapper(): usize {
  const at = freeMappers;
  if (at) {
    freeMappers = changetype<Mapper>(at).next;
    return at;
  }
  if (unusedMappers == endOfMappers && !moreMappers()) return 0;
  unusedMappers += offsetof<Mapper>();
  return unusedMappers - offsetof<Mapper>();
}

function moreMappers(): bool {
  const block = takeBlock(MAPPERS);
  if (!block) return false;
  unusedMappers = block;
  endOfMappers = block + ((<usize>1) << (<usize>MAPPERS));
  return true;
}

function freeMapper(at: usize): void {
  changetype<Mapper>(at).next = freeMappers;
  freeMappers = at;
}

/** log2 of the pages of a chunk, and chunks there may be. */
const CHUNK: u32 = 12;
const CHUNKS: u32 = 1 << 16;

let chunks: usize = 0;
let made: u32 = 0;
/** The first of the numbers that may be given again, which hold the next. */
let freed: u32 = 0;
/** Numbers that pages were given. */
export function pageNumbers(): u32 {
  return made;
}

/** Pages that exist. */
export let pagesAlive: u32 = 0;
/** A byte a page, as policies see it. */
let bytes: usize = 0;
/** A byte a page: 1 where it is in no frame because replacement chose it. */
let evicted: usize = 0;

export function pageAt(id: u32): Page {
  const chunk = load<usize>(chunks + ((<usize>(id >> CHUNK)) << 2));
  return changetype<Page>(chunk + <usize>(id & ((1 << CHUNK) - 1)) * offsetof<Page>());
}

/** Whether a page was stored to since it was last written out, or read. */
export function isDirty(id: u32): bool {
  return (flagsOf(id) & PageFlag.Dirty) != 0;
}

export function setDirty(id: u32, dirty: bool): void {
  mark(id, PageFlag.Dirty, dirty ? PageFlag.Dirty : 0);
}

/** A page is in a frame now, or no more. */
export function setResident(id: u32, resident: bool): void {
  mark(id, PageFlag.Resident, resident ? PageFlag.Resident : 0);
}

/** Whether a page is in no frame because replacement chose it. */
export function wasEvicted(id: u32): bool {
  return load<u8>(evicted + <usize>id) != 0;
}

export function setEvicted(id: u32, on: bool): void {
  store<u8>(evicted + <usize>id, u8(on));
}

/** A new page with no mapping; 0 when memory is used up. */
export function newPage(file: usize, index: u64): u32 {
  let id = freed;
  if (id) {
    freed = pageAt(id).refs;
    memory.fill(changetype<usize>(pageAt(id)), 0, offsetof<Page>());
  } else {
    id = made + 1;
    if (!hasRoom(id)) return 0;
    made = id;
  }
  const page = pageAt(id);
  page.file = file;
  page.index = index;
  mark(id, u32.MAX_VALUE, 0);
  setEvicted(id, false);
  pagesAlive++;
  return id;
}

function hasRoom(id: u32): bool {
  if (!chunks) {
    chunks = allocate((<u64>CHUNKS) << 2, 4);
    if (!chunks) return false;
  }
  if (id >> CHUNK >= CHUNKS) return false;
  const at = chunks + ((<usize>(id >> CHUNK)) << 2);
  if (!load<usize>(at)) store<usize>(at, allocate(offsetof<Page>() << CHUNK, 8));
  const grown = growArray(bytes, <u64>id + 1);
  if (!grown) return false;
  bytes = grown;
  setFlags(grown);
  const longer = growArray(evicted, <u64>id + 1);
  if (!longer) return false;
  evicted = longer;
  return load<usize>(at) != 0;
}

/** The number of a page that is in no frame and mapped by nobody is free again. */
export function freePage(id: u32): void {
  pageAt(id).frame = 0;
  pageAt(id).file = 0;
  pageAt(id).refs = freed;
  freed = id;
  pagesAlive--;
}

/** Somebody maps a page. False when memory is used up. */
export function addMapper(page: Page, memory: usize, at: u64): bool {
  if (page.memory) {
    const block = takeMapper();
    if (!block) return false;
    const other = changetype<Mapper>(block);
    other.memory = memory;
    other.page = at;
    other.next = page.next;
    page.next = block;
  } else {
    page.memory = memory;
    page.page = at;
  }
  page.refs++;
  return true;
}

/** Somebody maps a page no longer. */
export function removeMapper(page: Page, memory: usize, at: u64): void {
  page.refs--;
  if (page.memory == memory && page.page == at) {
    const next = page.next;
    if (!next) {
      page.memory = 0;
      return;
    }
    const other = changetype<Mapper>(next);
    page.memory = other.memory;
    page.page = other.page;
    page.next = other.next;
    freeMapper(next);
    return;
  }
  let link = changetype<usize>(page) + offsetof<Page>("next");
  while (true) {
    const at_ = load<usize>(link);
    const other = changetype<Mapper>(at_);
    if (other.memory == memory && other.page == at) {
      store<usize>(link, other.next);
      freeMapper(at_);
      return;
    }
    link = at_ + offsetof<Mapper>("next");
  }
}

/** Goes through those who map a page: what `mapperAt` takes, 0 at the end. */
export function firstMapper(page: Page): usize {
  return page.memory ? changetype<usize>(page) + offsetof<Page>("memory") : 0;
}

/** The three words of a Page's own mapper lie as in a Mapper. */
export function nextMapper(mapper: usize): usize {
  return changetype<Mapper>(mapper).next;
}

export function memoryOf(mapper: usize): usize {
  return changetype<Mapper>(mapper).memory;
}

export function placeOf(mapper: usize): u64 {
  return changetype<Mapper>(mapper).page;
}
