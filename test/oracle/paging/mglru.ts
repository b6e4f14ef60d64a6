import { type NaivePolicy, without } from "./pool.js";

/** Generations from the oldest on, each in the order in which pages came. */
export class NaiveMglru implements NaivePolicy {
  private readonly generations: string[][] = [[], []];
  private readonly used = new Set<string>();

  hit(page: string): void {
    this.used.add(page);
  }

  evict(): string {
    const { generations, used } = this;
    while (true) {
      if (generations.length === 2) {
        const moved = generations.flat().filter((page) => used.has(page));
        for (const page of moved) this.drop(page);
        generations.push(moved);
      }
      const page = generations[0]?.shift();
      if (page === undefined) generations.shift();
      else if (used.delete(page)) generations.at(-1)?.push(page);
      else return page;
    }
  }

  load(page: string): void {
    this.generations.at(-1)?.push(page);
  }

  drop(page: string): void {
    for (const generation of this.generations) without(generation, page);
    this.used.delete(page);
  }
}
