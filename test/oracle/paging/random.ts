import { naiveSeedState } from "../sets.js";
import { type NaivePolicy, taken } from "./pool.js";

const MASK = (1n << 64n) - 1n;

/** xorshift64 (13, 7, 17); the last page takes the place of the one that leaves. */
export class NaiveRandom implements NaivePolicy {
  private readonly pages: string[] = [];
  private state: bigint;

  constructor(seed: bigint) {
    this.state = naiveSeedState(seed, 0n);
  }

  hit(): void {}

  evict(): string {
    this.state ^= (this.state << 13n) & MASK;
    this.state ^= this.state >> 7n;
    this.state ^= (this.state << 17n) & MASK;
    const page = this.pages[Number(this.state % BigInt(this.pages.length))] as string;
    this.drop(page);
    return page;
  }

  load(page: string): void {
    this.pages.push(page);
  }

  drop(page: string): void {
    const at = this.pages.indexOf(page);
    if (at < 0) return;
    const last = taken(this.pages);
    if (at < this.pages.length) this.pages[at] = last;
  }
}
