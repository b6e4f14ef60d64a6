import { type NaivePolicy, without } from "./pool.js";

/** A ring, as an array from the hand on: what the hand passes goes to the end, where pages are loaded, too. */
export class NaiveClock implements NaivePolicy {
  private readonly ring: string[] = [];
  private readonly used = new Set<string>();
  private readonly usedOnLoad: boolean;

  constructor(usedOnLoad: boolean) {
    this.usedOnLoad = usedOnLoad;
  }

  hit(page: string): void {
    this.used.add(page);
  }

  evict(): string {
    while (true) {
      const page = this.ring.shift() as string;
      if (!this.used.delete(page)) return page;
      this.ring.push(page);
    }
  }

  load(page: string): void {
    this.ring.push(page);
    if (this.usedOnLoad) this.used.add(page);
  }

  drop(page: string): void {
    without(this.ring, page);
    this.used.delete(page);
  }
}

/** The list from head to tail. */
export class NaiveSieve implements NaivePolicy {
  private readonly list: string[] = [];
  private readonly visited = new Set<string>();
  private hand: string | undefined;

  hit(page: string): void {
    this.visited.add(page);
  }

  evict(): string {
    let at = this.hand === undefined ? this.list.length - 1 : this.list.indexOf(this.hand);
    while (this.visited.delete(this.list[at] as string)) at = at === 0 ? this.list.length - 1 : at - 1;
    const page = this.list[at] as string;
    this.hand = at === 0 ? undefined : this.list[at - 1];
    this.list.splice(at, 1);
    return page;
  }

  load(page: string): void {
    this.list.unshift(page);
  }

  drop(page: string): void {
    const at = this.list.indexOf(page);
    if (at < 0) return;
    if (this.hand === page) this.hand = at === 0 ? undefined : this.list[at - 1];
    this.list.splice(at, 1);
    this.visited.delete(page);
  }
}
