import { type NaivePolicy, type NaivePool, without } from "./pool.js";

/** The paper's stack S, from bottom to top, and queue Q, from front to end. */
export class NaiveLirs implements NaivePolicy {
  private readonly stack: string[] = [];
  private readonly queue: string[] = [];
  private readonly lir = new Set<string>();
  private readonly pool: NaivePool;

  constructor(pool: NaivePool) {
    this.pool = pool;
  }

  private mostLir(): number {
    return this.pool.frames - Math.max(1, Math.trunc(this.pool.frames / 100));
  }

  hit(page: string): void {
    this.look(page);
  }

  load(page: string): void {
    this.look(page);
  }

  private look(page: string): void {
    const stacked = without(this.stack, page);
    this.stack.push(page);
    if (!this.lir.has(page)) {
      without(this.queue, page);
      if (this.mostLir() > 0 && (stacked || this.lir.size < this.mostLir())) {
        this.lir.add(page);
        if (this.lir.size > this.mostLir()) this.demote();
      } else {
        this.queue.push(page);
      }
    }
    this.prune();
    this.bound();
  }

  evict(): string {
    if (this.queue.length === 0) this.demote();
    return this.queue.shift() as string;
  }

  drop(page: string): void {
    without(this.stack, page);
    without(this.queue, page);
    this.lir.delete(page);
    this.prune();
  }

  resize(): void {
    while (this.lir.size > this.mostLir()) this.demote();
    this.bound();
  }

  /** The bottom of the stack becomes HIR. */
  private demote(): void {
    const page = this.stack[0] as string;
    this.lir.delete(page);
    this.queue.push(page);
    this.prune();
  }

  /** The bottom of the stack is LIR. */
  private prune(): void {
    while (this.stack.length > 0 && !this.lir.has(this.stack[0] as string)) this.stack.shift();
  }

  /** Of more than 2N entries the lowest that is not resident goes. */
  private bound(): void {
    while (this.stack.length > 2 * this.pool.frames) {
      const ghost = this.stack.find((page) => !this.lir.has(page) && !this.queue.includes(page));
      if (ghost === undefined) return;
      without(this.stack, ghost);
    }
  }
}
