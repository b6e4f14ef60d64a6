import type { Page } from "./contents.js";
import { type Entry, isShared, isWritable, type Space } from "./space.js";
import type { System } from "./system.js";
import { Table } from "./tables.js";

function assert(is: boolean, what: string): void {
  if (!is) throw new Error(what);
}

/** What must be so after every command. */
export function checkSystem(system: System): void {
  const { memory, processes } = system;
  const { pool } = memory;
  const spaces = new Map<Space, number>();
  for (const { space, isAlive } of processes.values()) {
    if (isAlive) spaces.set(space, (spaces.get(space) ?? 0) + 1);
  }
  for (const [space, users] of spaces) assert(space.users === users, "as many users as processes");
  const entries = [...spaces.keys()].flatMap((space) => space.all());
  const pages = new Map<Page, Entry[]>();
  for (const file of memory.files.values()) for (const page of file.pages.values()) pages.set(page, []);
  for (const { file } of entries) for (const page of file?.pages.values() ?? []) pages.set(page, []);
  for (const entry of entries) {
    checkEntry(system, entry);
    if (entry.page) pages.set(entry.page, [...(pages.get(entry.page) ?? []), entry]);
  }
  for (const space of spaces.keys()) for (const table of memory.tables?.of(space) ?? []) pages.set(table, []);
  const slots = new Set<number>();
  for (const [page, mappings] of pages) {
    if (!(page instanceof Table)) checkPage(system, page, mappings);
    if (page.slot === undefined) continue;
    assert(!slots.has(page.slot), "a slot has one owner");
    assert(pool.swap.has(page.slot), "a slot that is owned is in use");
    slots.add(page.slot);
  }
  assert(slots.size === pool.swap.size, "a slot in use is owned");
  assert(slots.size <= system.slots, "no more slots than there are");
  for (const page of pool.resident) assert(pages.has(page), "a page in a frame is somebody's");
  assert(new Set(pool.order).size === pool.order.length, "a page stands in the order once");
  const free = [...pool.resident].filter((page) => !page.isLocked);
  assert(free.length === pool.order.length, "the order has what may leave");
  for (const page of free) assert(pool.order.includes(page), "a page that may leave is in the order");
}

function checkEntry(system: System, entry: Entry): void {
  const { space, number, page, file, index, isPresent, isCow, attributes } = entry;
  const { layout, pageSize } = system;
  assert(space.entries.get(number) === entry, "an entry is where it says");
  const at = BigInt(number) * BigInt(pageSize);
  assert(at >= layout.lowest && at < layout.top, "an entry is in the user's half");
  assert(!isPresent || page?.isResident === true, "what is present is in a frame");
  assert(!page || page.mappings.has(entry), "a page knows its mappings");
  if (page?.file) {
    assert(isPresent && page.file === file && page.index === index, "a file's page is the one mapped");
    assert(file?.pages.get(index) === page, "a file knows its pages");
  }
  assert(!page || !!page.file || !isShared(attributes), "shared mappings have no copies");
  if (page && !page.file && !isCow) assert(page.mappings.size === 1, "what may be stored to has one owner");
  assert(!isWritable(attributes) || attributes.flags.has("maywrite"), "what is writable may be");
}

function checkPage(system: System, page: Page, mappings: Entry[]): void {
  const { pool } = system.memory;
  assert(page.mappings.size === mappings.length, "references are mappings");
  for (const entry of mappings) assert(page.mappings.has(entry), "references are of the mappings");
  assert(page.isResident === pool.resident.has(page), "a page is in a frame, or it is not");
  assert(page.isResident || !page.isDirty, "what is dirty is in a frame");
  assert(!page.isDirty || page.slot === undefined, "what is dirty has no slot");
  assert(!page.bytes || page.bytes.length === system.pageSize, "a page has its size");
  if (page.file) {
    assert(page.index < page.file.length, "no page lies past its file's end");
    assert(page.file.name === undefined || page.isResident, "a file's page is cached or gone");
  } else assert(mappings.length > 0, "an anonymous page has an owner");
  const inSwap = page.slot === undefined ? undefined : pool.swap.get(page.slot);
  if (inSwap && page.bytes)
    assert(Buffer.compare(inSwap, page.bytes) === 0, "a clean page is as it is in swap");
}
