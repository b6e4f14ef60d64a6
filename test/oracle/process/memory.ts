// How pages come, are shared, copied and go: what the page-fault handler and the calls have in common.

import { type FileObject, Page } from "./contents.js";
import type { Pool } from "./pool.js";
import { type Attributes, type Entry, isShared, isWritable, type Space } from "./space.js";
import { Tables } from "./tables.js";

/** What an access or a call for a page came to; undefined: nothing was amiss. */
export type Resolved = "minor" | "major" | "cow" | "oom" | undefined;

export class Memory {
  readonly pool: Pool;
  readonly pageSize: number;
  readonly files = new Map<string, FileObject>();
  /** Where tables take frames. */
  readonly tables: Tables | undefined;

  constructor(pool: Pool, pageSize: number, pagedTables = false) {
    this.pool = pool;
    this.pageSize = pageSize;
    this.tables = pagedTables ? new Tables(pool) : undefined;
  }

  add(
    space: Space,
    number: number,
    attributes: Attributes,
    file: FileObject | undefined,
    index: number,
  ): Entry {
    const entry: Entry = {
      ...{ space, number, attributes, file, index },
      ...{ page: undefined, isPresent: false, isCow: false, isCharged: charges(attributes), isApart: false },
    };
    space.join(number + 1);
    if (file) file.mapped++;
    space.entries.set(number, entry);
    return entry;
  }

  /** The entry leaves its address space. */
  remove(entry: Entry): void {
    this.unlink(entry);
    entry.space.entries.delete(entry.number);
    const { file } = entry;
    if (!file) return;
    file.mapped--;
    if (file.mapped === 0 && file.name === undefined) this.empty(file);
  }

  /** The entry forgets its page, which is freed if it was anonymous and nobody else has it. */
  unlink(entry: Entry): void {
    const { page } = entry;
    if (!page) return;
    page.mappings.delete(entry);
    entry.page = undefined;
    entry.isPresent = false;
    entry.isCow = false;
    if (!page.file && page.mappings.size === 0) this.pool.drop(page);
    else this.pool.settle(page);
    this.tables?.changed([entry]);
  }

  link(entry: Entry, page: Page, isPresent: boolean): void {
    entry.page = page;
    entry.isPresent = isPresent;
    page.mappings.add(entry);
    this.pool.settle(page);
    this.tables?.changed([entry]);
  }

  setAttributes(entry: Entry, attributes: Attributes): void {
    entry.attributes = attributes;
    entry.isCharged ||= charges(attributes);
    if (entry.page) this.pool.settle(entry.page);
  }

  /** Whether the entry's page lies past the end of its file, and was not copied. */
  isPastEnd({ file, page, index }: Entry): boolean {
    return file !== undefined && !(page && !page.file) && index >= file.length;
  }

  /** Makes the entry's page present, for a store or not. Protection and the file's end were looked at before. */
  resolve(entry: Entry, isStore: boolean): Resolved {
    const { tables } = this;
    const isThere = entry.isPresent && !this.needsWork(entry, isStore);
    if (!tables || isThere) return this.resolvePage(entry, isStore);
    if (!tables.pin(entry.space, entry.number)) return "oom";
    const fault = this.resolvePage(entry, isStore);
    tables.unpin(entry.space, entry.number);
    return fault;
  }

  /** Whether an access of a page that is present is a fault. */
  private needsWork(entry: Entry, isStore: boolean): boolean {
    const isPrivateStore = isStore && !isShared(entry.attributes);
    return isPrivateStore && (entry.isCow || entry.page?.file !== undefined);
  }

  private resolvePage(entry: Entry, isStore: boolean): Resolved {
    const { pool } = this;
    const wasPresent = entry.isPresent;
    let fault: Resolved;
    let page = this.pageOf(entry);
    const isInFrame = page?.isResident === true;
    if (!page?.isResident) {
      if (!pool.makeRoom()) return "oom";
      fault = page?.slot !== undefined || (!page && entry.file?.name !== undefined) ? "major" : "minor";
      page = this.bringIn(entry, page);
    } else if (!wasPresent) fault = "minor";

    const isPrivateStore = isStore && !isShared(entry.attributes);
    if (isPrivateStore && (page.file || (entry.isCow && page.mappings.size > 1))) {
      if (!pool.makeRoom(page)) return "oom";
      fault ??= "cow";
      page = this.copyFor(entry, page);
    } else {
      if (isInFrame) pool.hit(page);
      if (isPrivateStore && entry.isCow) {
        fault ??= "cow";
        entry.isCow = false;
      }
      if (!wasPresent) this.link(entry, page, true);
    }
    if (isStore) {
      page.isDirty = true;
      pool.freeSlot(page);
    }
    return fault;
  }

  /** A page of the file past its new end, or in a hole, is no more; copies of it are. */
  dropCached(file: FileObject, index: number): void {
    file.left.delete(index);
    const page = file.pages.get(index);
    if (!page) return;
    file.pages.delete(index);
    const entries = [...page.mappings];
    for (const entry of entries) {
      entry.page = undefined;
      entry.isPresent = false;
    }
    page.mappings.clear();
    this.tables?.changed(entries);
    this.pool.drop(page);
  }

  private empty(file: FileObject): void {
    for (const index of [...file.pages.keys()]) this.dropCached(file, index);
  }

  /** The page that an access finds: its own, or the file's. */
  private pageOf(entry: Entry): Page | undefined {
    return entry.page ?? entry.file?.pages.get(entry.index);
  }

  /** Into a frame: from swap, from the file, or of zeros. */
  private bringIn(entry: Entry, known: Page | undefined): Page {
    const { pool } = this;
    const { file, index } = entry;
    const page = known ?? new Page(file, index);
    this.countRefault(page);
    const inSwap = page.slot === undefined ? undefined : pool.swap.get(page.slot)?.slice();
    const inFile = known || file?.name === undefined ? undefined : file.read(index);
    if (!known && file) file.pages.set(index, page);
    pool.insert(page, inSwap ?? inFile ?? new Uint8Array(this.pageSize));
    return page;
  }

  private countRefault(page: Page): void {
    const { file, index, hasLeft } = page;
    const isNamed = file?.name !== undefined;
    const again = isNamed ? file.left.delete(index) : hasLeft;
    page.hasLeft = false;
    if (!again) return;
    this.pool.refaults++;
    if (isNamed || page.slot !== undefined) this.pool.diskRefaults++;
  }

  private copyFor(entry: Entry, page: Page): Page {
    const bytes = (page.bytes as Uint8Array).slice();
    this.unlink(entry);
    const copy = new Page();
    this.pool.insert(copy, bytes);
    this.link(entry, copy, true);
    return copy;
  }
}

/** Whether the kernel promises memory for such a page. */
export function charges(attributes: Attributes): boolean {
  return isWritable(attributes) && !isShared(attributes) && !attributes.flags.has("noreserve");
}
