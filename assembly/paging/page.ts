// Pages: what can be in a frame. A page is anonymous (its content is nowhere else, but in swap) or of a file. It is named by a number from 1,
// which is given again once it is gone.
//
//   page | frame | refs | file | more | mapper: memory, next, page u64 |
//   more | index u64 | content | locks | slot | evicted |                     what few pages need, 0: all of it is 0

import { allocate } from "../base/arena";
import { freeBlock, takeBlock } from "../base/blocks";
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
  /** A More, or 0. */
  private more: usize;
  /** Who maps it: the first of a chain, and whether there is one. */
  memory: usize;
  next: usize;
  page: u64;

  /** Which page of the file. */
  get index(): u64 {
    return this.more ? this.known().index : 0;
  }

  set index(index: u64) {
    if (this.hasMore(index != 0)) this.known().index = index;
  }

  /** Its bytes, while it is in a frame and contents are kept. */
  get content(): usize {
    return this.more ? this.known().content : 0;
  }

  set content(content: usize) {
    if (this.hasMore(content != 0)) this.known().content = content;
  }

  /** Mappings that may not be evicted. */
  get locks(): u32 {
    return this.more ? this.known().locks : 0;
  }

  set locks(locks: u32) {
    if (this.hasMore(locks != 0)) this.known().locks = locks;
  }

  /** The slot's number + 1 that holds its content in swap; 0: none. */
  get slot(): u32 {
    return this.more ? this.known().slot : 0;
  }

  set slot(slot: u32) {
    if (this.hasMore(slot != 0)) this.known().slot = slot;
  }

  /** It is in no frame because replacement chose it. */
  get evicted(): bool {
    return this.more != 0 && this.known().evicted != 0;
  }

  set evicted(evicted: bool) {
    if (this.hasMore(evicted)) this.known().evicted = u32(evicted);
  }

  private known(): More {
    return changetype<More>(this.more);
  }

  /** Whether there is a More; made, if it is wanted. Where memory is used up for one, what is set stays 0. */
  private hasMore(wanted: bool): bool {
    if (!this.more && wanted) this.more = takeBlock(MORE);
    return this.more != 0;
  }

  /** All of it is 0 again. */
  forgetMore(): void {
    if (this.more) freeBlock(this.more, MORE);
    this.more = 0;
  }

  /** Somebody maps the page elsewhere. */
  moveMapper(memory: usize, from: u64, to: u64): bool {
    removeMapper(this, memory, from);
    return addMapper(this, memory, to);
  }
}

@unmanaged
class More {
  index: u64;
  content: usize;
  locks: u32;
  slot: u32;
  evicted: u32;
}

/** log2 of a More's bytes. */
const MORE: u32 = 5;

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
/** There is room for pages of numbers below this. */
let room: u32 = 0;

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

/** A new page with no mapping; 0 when memory is used up. */
export function newPage(file: usize, index: u64): u32 {
  let id = freed;
  if (id) {
    freed = pageAt(id).refs;
    memory.fill(changetype<usize>(pageAt(id)), 0, offsetof<Page>());
  } else {
    id = made + 1;
    if (id >= room && !makeRoom(id)) return 0;
    made = id;
  }
  const page = pageAt(id);
  page.file = file;
  if (file && index) {
    page.index = index;
    if (!page.index) {
      giveBack(id, page);
      return 0;
    }
  }
  mark(id, u32.MAX_VALUE, 0);
  pagesAlive++;
  return id;
}

/** Makes room for the pages of a chunk. */
function makeRoom(id: u32): bool {
  if (!chunks) {
    chunks = allocate((<u64>CHUNKS) << 2, 4);
    if (!chunks) return false;
  }
  const number = id >> CHUNK;
  if (number >= CHUNKS) return false;
  const at = chunks + ((<usize>number) << 2);
  if (!load<usize>(at)) store<usize>(at, allocate(offsetof<Page>() << CHUNK, 64));
  const grown = growArray(bytes, (<u64>(number + 1)) << CHUNK);
  if (!grown || !load<usize>(at)) return false;
  bytes = grown;
  setFlags(grown);
  room = (number + 1) << CHUNK;
  return true;
}

/** The number of a page that is in no frame and mapped by nobody is free again. */
export function freePage(id: u32): void {
  giveBack(id, pageAt(id));
  pagesAlive--;
}

function giveBack(id: u32, page: Page): void {
  page.forgetMore();
  page.frame = 0;
  page.file = 0;
  page.refs = freed;
  freed = id;
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
