// Address spaces: the pages that are mapped in each, and the tables that map them.

import type { Hashed } from "./flat.js";
import type { Physical } from "./physical.js";
import { type Regions, type Rights, SpaceMap } from "./regions.js";
import type { Shape, Size } from "./shapes.js";
import { type FreedTable, Tree } from "./tree.js";

export interface Page {
  pa: bigint;
  rights: Rights;
  dirty: boolean;
}

/** What all spaces share. */
export interface World {
  shape: Shape;
  memory: Physical;
  regions: Regions;
  /** Tables by level, of all trees. */
  tables: number[];
  /** The tables that are no trees, of all spaces. */
  hashed: Hashed | null;
}

export class Space {
  readonly number: number;
  /** What its TLB entries carry; null: it has no id now. */
  tag: number | null = null;
  /** When it was entered last. */
  entered = 0;
  /** Cores that may hold entries of it. */
  readonly held = new Set<number>();
  readonly map: SpaceMap;
  private readonly tree: Tree;
  private readonly world: World;
  /** By size, then by page number. */
  private readonly pages: Map<bigint, Page>[];

  constructor(number: number, world: World) {
    this.number = number;
    this.world = world;
    this.map = new SpaceMap(world.regions);
    this.tree = new Tree(world.shape, world.memory, world.tables);
    this.pages = world.shape.sizes.map(() => new Map());
  }

  page(size: Size, va: bigint): Page | undefined {
    return this.at(size).get(va >> size.bits);
  }

  /** The mapped pages of a size. */
  mapped(size: Size): [number: bigint, page: Page][] {
    return [...this.at(size)];
  }

  count(size: Size): number {
    return this.at(size).size;
  }

  countDirty(): number {
    return this.pages.flatMap((pages) => [...pages.values()]).filter(({ dirty }) => dirty).length;
  }

  /** Maps a page that is not mapped. Without a place for it, new frames are taken. */
  mapPage(size: Size, va: bigint, page: Omit<Page, "pa">, pa?: bigint): void {
    const number = va >> size.bits;
    if (!this.world.hashed) this.tree.extend(size.level, va);
    const frame = this.world.hashed?.insert(this.number, size.number, number);
    const at = pa ?? frame ?? this.world.memory.takePage(size.bits);
    this.at(size).set(number, { ...page, pa: at });
  }

  unmap(size: Size, va: bigint): void {
    const number = va >> size.bits;
    this.at(size).delete(number);
    this.world.hashed?.remove(this.number, size.number, number);
  }

  /** Where the entry of a level for an address is, in a tree. */
  entry(level: number, va: bigint): bigint | undefined {
    return this.tree.entry(level, va);
  }

  freeBelow(size: Size, first: bigint): FreedTable[] {
    if (this.world.hashed) return [];
    return this.tree.freeBelow(size.level, first, first + (1n << size.bits));
  }

  private at(size: Size): Map<bigint, Page> {
    return this.pages[size.number] as Map<bigint, Page>;
  }
}
