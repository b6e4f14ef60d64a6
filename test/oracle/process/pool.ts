// Memory: frames, what is in them, and who leaves.

import type { Page } from "./contents.js";
import type { Entry } from "./space.js";

export type Replacement = "lru" | "fifo";

export class Pool {
  frames: number;
  evictions = 0;
  pageOuts = 0;
  /** Pages that came back after they were evicted, and those of them that were read from swap or a file. */
  refaults = 0;
  diskRefaults = 0;
  readonly resident = new Set<Page>();
  /** The pages that may leave, the next one first. */
  order: Page[] = [];
  readonly swap = new Map<number, Uint8Array>();
  /** Called with a page that was evicted, and those who had it mapped. */
  onLeave: ((page: Page, entries: readonly Entry[]) => void) | undefined;
  private readonly slots: number;
  private readonly policy: Replacement;

  constructor(frames: number, slots: number, policy: Replacement) {
    this.frames = frames;
    this.slots = slots;
    this.policy = policy;
  }

  /** A page that was in memory before was used. */
  hit(page: Page): void {
    if (this.policy !== "lru" || !this.order.includes(page)) return;
    this.forget(page);
    this.order.push(page);
  }

  /** Puts a page into a free frame. */
  insert(page: Page, bytes: Uint8Array): void {
    page.bytes = bytes;
    this.resident.add(page);
    this.order.push(page);
  }

  /** Takes pages out of the policy's sight while they are locked. */
  settle(page: Page): void {
    if (!page.isResident) return;
    if (page.isLocked) this.forget(page);
    else if (!this.order.includes(page)) this.order.push(page);
  }

  /** The page is no more. */
  drop(page: Page): void {
    this.forget(page);
    this.resident.delete(page);
    page.bytes = undefined;
    this.freeSlot(page);
  }

  freeSlot(page: Page): void {
    if (page.slot !== undefined) this.swap.delete(page.slot);
    page.slot = undefined;
  }

  /** Evicts until one more page has room; false where that cannot be. `pinned` stays. */
  makeRoom(pinned?: Page): boolean {
    while (this.resident.size + 1 > this.frames) if (!this.evictOne(pinned)) return false;
    return true;
  }

  /** As many frames as this from now on, as far as pages can leave. */
  resize(frames: number): boolean {
    this.frames = frames;
    while (this.resident.size > this.frames) if (!this.evictOne(undefined)) return false;
    return true;
  }

  /** Those that cannot leave come back as the newest, in the order in which they were chosen. */
  private evictOne(pinned: Page | undefined): boolean {
    const aside: Page[] = [];
    let victim = this.order.shift();
    while (victim && (victim === pinned || !this.canLeave(victim))) {
      aside.push(victim);
      victim = this.order.shift();
    }
    if (victim) this.evict(victim);
    this.order.push(...aside);
    return victim !== undefined;
  }

  private canLeave(page: Page): boolean {
    return !page.isDirty || !page.isSwapped || this.freeSlots > 0;
  }

  private get freeSlots(): number {
    return this.slots - this.swap.size;
  }

  private evict(page: Page): void {
    const { file, index } = page;
    const bytes = page.bytes as Uint8Array;
    this.evictions++;
    if (page.isDirty) {
      this.pageOuts++;
      if (page.isSwapped) {
        page.slot = this.lowestSlot();
        this.swap.set(page.slot, bytes);
      } else file?.write(index, bytes);
    }
    page.isDirty = false;
    page.bytes = undefined;
    this.resident.delete(page);
    const entries = [...page.mappings].filter(({ isPresent }) => isPresent);
    for (const entry of page.mappings) {
      entry.isPresent = false;
      if (file) entry.page = undefined;
    }
    if (file) page.mappings.clear();
    page.hasLeft = true;
    if (file?.name !== undefined) {
      file.left.add(index);
      file.pages.delete(index);
    }
    this.onLeave?.(page, entries);
  }

  private lowestSlot(): number {
    let slot = 0;
    while (this.swap.has(slot)) slot++;
    return slot;
  }

  private forget(page: Page): void {
    this.order = this.order.filter((other) => other !== page);
  }
}
