// Page tables below the root that take frames: what there is of them follows from the pages that address spaces know.

import { Page } from "./contents.js";
import type { Pool } from "./pool.js";
import type { Entry, Space } from "./space.js";

/** log2 of the pages that a table covers, by level, from the leaves up: x86-64's, whose root never leaves. */
const COVERS = [9, 18, 27];

/** Which table with leaves a page is found in. */
export function tableOf(number: number): number {
  return Math.floor(number / 2 ** (COVERS[0] as number));
}

export class Table extends Page {
  pins = 0;

  constructor(
    readonly tables: Tables,
    readonly space: Space,
    readonly level: number,
    readonly place: number,
    readonly stamp: number,
  ) {
    super();
  }

  /** Numbers of the pages that it covers: the first, and the one behind the last. */
  get range(): [number, number] {
    const pages = 2 ** (COVERS[this.level] as number);
    return [this.place * pages, (this.place + 1) * pages];
  }

  /** It leads to something, or will. */
  get isNeeded(): boolean {
    return this.pins > 0 || this.below().length > 0 || this.pages().some(({ page }) => page !== undefined);
  }

  override get isLocked(): boolean {
    const isUsed = this.pages().some(({ isPresent }) => isPresent);
    return this.pins > 0 || isUsed || this.below().some(({ isResident }) => isResident);
  }

  private pages(): Entry[] {
    return this.level === 0 ? this.space.range(...this.range) : [];
  }

  private below(): Table[] {
    const [from, to] = this.range;
    return this.tables
      .of(this.space)
      .filter(({ level, range }) => level === this.level - 1 && range[0] >= from && range[1] <= to);
  }
}

export class Tables {
  /** Tables that came back for the fault that is seen to. */
  returned = 0;
  private readonly counts = { peak: 0, pageIns: 0, pageOuts: 0 };
  private readonly all = new Map<Space, Table[]>();
  private readonly pool: Pool;
  private stamps = 0;

  constructor(pool: Pool) {
    this.pool = pool;
    pool.onLeave = (page, entries) => this.let(page, entries);
  }

  stats(): { resident: number; peak: number; pageIns: number; pageOuts: number } {
    return { resident: this.resident, ...this.counts };
  }

  private get resident(): number {
    return [...this.all.values()].flat().filter(({ isResident }) => isResident).length;
  }

  of(space: Space): Table[] {
    return this.all.get(space) ?? [];
  }

  /** What is known of pages, or which are present, has changed, for all of them at one moment. */
  changed(entries: readonly { space: Space; number: number }[]): void {
    const touched = new Set<Table>();
    for (const { space, number } of entries) {
      for (const table of this.path(space, number)) touched.add(table);
    }
    const upwards = [...touched].sort((a, b) => a.level - b.level);
    for (const table of upwards) {
      if (table.isNeeded) continue;
      this.pool.drop(table);
      this.all.set(
        table.space,
        this.of(table.space).filter((other) => other !== table),
      );
    }
    const left = upwards.filter((table) => this.of(table.space).includes(table));
    for (const table of left.sort((a, b) => a.stamp - b.stamp)) this.pool.settle(table);
  }

  /** The tables of a page are there and stay, until `unpin`. False where there is no frame for one. */
  pin(space: Space, number: number): boolean {
    const pinned: Table[] = [];
    for (const level of [...COVERS.keys()].reverse()) {
      const table = this.have(space, number, level);
      if (!table) {
        for (const above of pinned.reverse()) this.free(above);
        return false;
      }
      table.pins++;
      this.pool.settle(table);
      pinned.push(table);
    }
    return true;
  }

  unpin(space: Space, number: number): void {
    for (const table of this.path(space, number)) this.free(table);
  }

  private free(table: Table): void {
    table.pins--;
    this.changed([{ space: table.space, number: table.range[0] }]);
  }

  private have(space: Space, number: number, level: number): Table | undefined {
    const known = this.path(space, number).find((table) => table.level === level);
    if (known?.isResident) return known;
    if (!this.pool.makeRoom()) return undefined;
    const place = Math.floor(number / 2 ** (COVERS[level] as number));
    const table = known ?? new Table(this, space, level, place, ++this.stamps);
    if (known) {
      this.returned++;
      this.counts.pageIns++;
      if (table.hasLeft) {
        this.pool.refaults++;
        this.pool.diskRefaults++;
      }
      table.hasLeft = false;
    } else this.all.set(space, [...this.of(space), table]);
    this.pool.insert(table, new Uint8Array(0));
    this.counts.peak = Math.max(this.counts.peak, this.resident);
    table.isDirty = true;
    this.pool.freeSlot(table);
    for (const above of this.path(space, number)) if (above.level > level) this.pool.settle(above);
    return table;
  }

  /** The tables that there are for a page, from the leaf up. */
  private path(space: Space, number: number): Table[] {
    return this.of(space)
      .filter(({ range: [from, to] }) => number >= from && number < to)
      .sort((a, b) => a.level - b.level);
  }

  /** A page left its frame. */
  private let(page: Page, entries: readonly Entry[]): void {
    if (page instanceof Table) {
      this.counts.pageOuts++;
      this.changed([{ space: page.space, number: page.range[0] }]);
    } else this.changed(entries);
  }
}
