// Pages that change their size: `pagesize` events.

import type { Config } from "../../src/config/model.js";
import type { Flushes } from "./cores.js";
import type { Physical } from "./physical.js";
import { type Range, union } from "./regions.js";
import type { Schedule } from "./schedule.js";
import { cut, isCanonical, type Shape, type Size, uncut } from "./shapes.js";
import type { Page, Space } from "./spaces.js";
import { pageWord } from "./tlbs.js";

interface Found {
  size: Size;
  /** Its first address, cut. */
  va: bigint;
  page: Page;
}

export class Resizer {
  promoted = 0;
  demoted = 0;
  refused = 0;
  private readonly config: Config;
  private readonly shape: Shape;
  private readonly memory: Physical;
  private readonly schedule: Schedule;
  private readonly flushes: Flushes;

  constructor(config: Config, shape: Shape, memory: Physical, schedule: Schedule, flushes: Flushes) {
    this.config = config;
    this.shape = shape;
    this.memory = memory;
    this.schedule = schedule;
    this.flushes = flushes;
  }

  /** The pages of [address, address + length) of the running space are of a size from now on, where such can be there. */
  resize(address: bigint, length: bigint, name: string): void {
    const size = this.shape.sizes.find((each) => each.name === name);
    const { map } = this.schedule.space;
    if (!size || !this.isHeld(size) || !this.fits(address, length, size)) {
      this.refused++;
      return;
    }
    const range = this.widened({ from: address, to: address + length });
    if (map.hasGlobal(range)) {
      this.refused++;
      return;
    }
    for (const group of this.groups(range, size)) {
      const [first] = group;
      if (!first) continue;
      if (first.size.bits > size.bits) this.demote(first, size);
      else this.promote(group, size);
    }
    map.resize(range, size);
  }

  private isHeld(size: Size): boolean {
    const { tlb } = this.config;
    return tlb.length === 0 || tlb.some(({ pageSizes }) => pageSizes.includes(size.name));
  }

  private fits(address: bigint, length: bigint, { bits }: Size): boolean {
    const mask = (1n << bits) - 1n;
    if (length === 0n || address & mask || length & mask) return false;
    const last = address + length - 1n;
    if (!isCanonical(this.shape, address) || !isCanonical(this.shape, last)) return false;
    return address >> 63n === last >> 63n;
  }

  /** The range with the pages that lie in it in part. */
  private widened({ from, to }: Range): Range {
    const { map } = this.schedule.space;
    const pageOf = (va: bigint): Range => {
      const { bits } = map.find(va).size;
      const start = (va >> bits) << bits;
      return { from: start, to: start + (1n << bits) };
    };
    const [first, last] = [pageOf(from), pageOf(to - 1n)];
    return { from: first.from < from ? first.from : from, to: last.to > to ? last.to : to };
  }

  /** Mapped pages of other sizes in a range, by rising address; smaller ones together that will be one page. */
  private groups(range: Range, size: Size): Found[][] {
    const groups = new Map<bigint, Found[]>();
    const found = this.shape.sizes
      .filter((other) => other !== size)
      .flatMap((other) => this.pagesIn(range, other))
      .sort((a, b) => (a.va < b.va ? -1 : 1));
    for (const page of found) {
      const block = page.va >> size.bits;
      const group = groups.get(block) ?? [];
      groups.set(block, group);
      group.push(page);
    }
    return [...groups.values()];
  }

  private pagesIn({ from, to }: Range, size: Size): Found[] {
    const first = cut(this.shape, from);
    const end = first + (to - from);
    return this.schedule.space
      .mapped(size)
      .map(([number, page]) => ({ size, va: number << size.bits, page }))
      .filter(({ va }) => va >= first && va < end);
  }

  private demote(old: Found, size: Size): void {
    const { space } = this.schedule;
    this.demoted++;
    this.remove(old);
    const { pa, ...rest } = old.page;
    const end = 1n << old.size.bits;
    for (let offset = 0n; offset < end; offset += 1n << size.bits) {
      space.mapPage(size, old.va + offset, rest, pa + offset);
    }
  }

  private promote(group: readonly Found[], size: Size): void {
    const { space } = this.schedule;
    const first = ((group[0]?.va ?? 0n) >> size.bits) << size.bits;
    this.promoted++;
    let { rights } = space.map.find(uncut(this.shape, first));
    let dirty = false;
    for (const old of group) {
      rights = union(rights, old.page.rights);
      dirty ||= old.page.dirty;
      this.remove(old);
      this.memory.freePage(old.page.pa, old.size.bits);
    }
    this.freeTables(space, size, first);
    space.mapPage(size, first, { rights, dirty });
  }

  /** Unmaps a page, and flushes it here and on every core that may hold it. */
  private remove({ size, va }: Found): void {
    const { space, tag } = this.schedule;
    space.unmap(size, va);
    const word = pageWord(va >> size.bits, tag, size.number);
    const holders = this.schedule.holders();
    for (const core of holders) core.flushPage(word, tag);
    const others = holders.length - 1;
    if (others === 0) return;
    this.flushes.shootdowns.sent++;
    this.flushes.shootdowns.received += others;
  }

  private freeTables(space: Space, size: Size, first: bigint): void {
    for (const { level, number } of space.freeBelow(size, first)) {
      for (const each of this.schedule.holders()) each.walkCaches.forget(number, this.schedule.tag, level);
    }
  }
}
