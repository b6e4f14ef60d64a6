// Policies of one list or several. Heads, the newest, stand first.

import { type NaivePolicy, type NaivePool, taken, without } from "./pool.js";

export class NaiveFifo implements NaivePolicy {
  protected readonly list: string[] = [];

  hit(_page: string): void {}

  evict(): string {
    return taken(this.list);
  }

  load(page: string): void {
    this.list.unshift(page);
  }

  drop(page: string): void {
    without(this.list, page);
  }
}

export class NaiveLru extends NaiveFifo {
  override hit(page: string): void {
    without(this.list, page);
    this.list.unshift(page);
  }
}

export class NaiveMru extends NaiveLru {
  override evict(): string {
    return this.list.shift() ?? taken(this.list);
  }
}

export class NaiveTwoQueue implements NaivePolicy {
  private readonly ain: string[] = [];
  private readonly am: string[] = [];
  private readonly aout: string[] = [];
  private ghostHit = false;
  private readonly pool: NaivePool;

  constructor(pool: NaivePool) {
    this.pool = pool;
  }

  hit(page: string): void {
    if (without(this.am, page)) this.am.unshift(page);
  }

  admit(page: string): void {
    this.ghostHit = without(this.aout, page);
  }

  evict(): string {
    const kin = Math.max(1, Math.trunc(this.pool.frames / 4));
    if (!(this.ain.length > kin || this.am.length === 0)) return taken(this.am);
    const page = taken(this.ain);
    if (this.aout.length === this.kout()) this.aout.pop();
    this.aout.unshift(page);
    return page;
  }

  private kout(): number {
    return Math.max(1, Math.trunc(this.pool.frames / 2));
  }

  load(page: string): void {
    (this.ghostHit ? this.am : this.ain).unshift(page);
    this.ghostHit = false;
  }

  drop(page: string): void {
    for (const list of [this.ain, this.am, this.aout]) without(list, page);
  }

  resize(): void {
    while (this.aout.length > this.kout()) this.aout.pop();
  }
}

export class NaiveS3Fifo implements NaivePolicy {
  private readonly small: string[] = [];
  private readonly main: string[] = [];
  private readonly ghost: string[] = [];
  private readonly uses = new Map<string, number>();
  private ghostHit = false;
  private readonly pool: NaivePool;

  constructor(pool: NaivePool) {
    this.pool = pool;
  }

  private sizes(): { main: number; ghost: number } {
    const { frames } = this.pool;
    const small = Math.max(1, Math.trunc(frames / 10));
    return { main: Math.max(1, frames - small), ghost: Math.max(1, Math.trunc((frames * 9) / 10)) };
  }

  hit(page: string): void {
    this.uses.set(page, (this.uses.get(page) ?? 0) + 1);
  }

  admit(page: string): void {
    this.ghostHit = without(this.ghost, page);
  }

  evict(): string {
    let fromMain = this.main.length > this.sizes().main || this.small.length === 0;
    while (true) {
      const page = taken(fromMain ? this.main : this.small);
      const uses = this.uses.get(page) ?? 0;
      if (fromMain && uses === 0) return page;
      if (fromMain) {
        this.main.unshift(page);
        this.uses.set(page, Math.min(uses, 3) - 1);
      } else if (uses >= 2) {
        this.main.unshift(page);
        this.uses.set(page, 0);
        fromMain = this.small.length === 0;
      } else {
        if (this.ghost.length === this.sizes().ghost) this.ghost.pop();
        this.ghost.unshift(page);
        return page;
      }
    }
  }

  load(page: string): void {
    (this.ghostHit ? this.main : this.small).unshift(page);
    this.uses.set(page, 0);
    this.ghostHit = false;
  }

  drop(page: string): void {
    for (const list of [this.small, this.main, this.ghost]) without(list, page);
  }

  resize(): void {
    while (this.ghost.length > this.sizes().ghost) this.ghost.pop();
  }
}

/** Segmented FIFO. */
export class NaiveSegmented implements NaivePolicy {
  private readonly primary: string[] = [];
  private readonly secondary: string[] = [];
  private readonly pool: NaivePool;
  private readonly percent: number;

  constructor(pool: NaivePool, percent: number) {
    this.pool = pool;
    this.percent = percent;
  }

  private overflow(): void {
    const { frames } = this.pool;
    const share = Math.trunc((frames * this.percent) / 100);
    const secondary = this.percent === 0 ? 0 : Math.max(1, share);
    while (this.primary.length > frames - secondary) this.secondary.unshift(taken(this.primary));
  }

  hit(page: string): void {
    if (without(this.secondary, page)) this.load(page);
  }

  evict(): string {
    return taken(this.secondary.length > 0 ? this.secondary : this.primary);
  }

  load(page: string): void {
    this.primary.unshift(page);
    this.overflow();
  }

  drop(page: string): void {
    without(this.primary, page);
    without(this.secondary, page);
  }

  resize(): void {
    this.overflow();
  }
}
