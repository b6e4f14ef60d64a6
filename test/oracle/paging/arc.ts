import { type NaivePolicy, type NaivePool, taken, without } from "./pool.js";

export class NaiveArc implements NaivePolicy {
  private readonly t1: string[] = [];
  private readonly t2: string[] = [];
  private readonly b1: string[] = [];
  private readonly b2: string[] = [];
  private p = 0;
  private from: "b1" | "b2" | undefined;
  private readonly pool: NaivePool;

  constructor(pool: NaivePool) {
    this.pool = pool;
  }

  hit(page: string): void {
    for (const list of [this.t1, this.t2]) if (without(list, page)) this.t2.unshift(page);
  }

  admit(page: string): void {
    const [one, two] = [this.b1.length, this.b2.length];
    this.from = undefined;
    if (this.b1.includes(page)) {
      this.p = Math.min(this.p + Math.max(two / one, 1), this.pool.frames);
      this.from = "b1";
    } else if (this.b2.includes(page)) {
      this.p = Math.max(this.p - Math.max(one / two, 1), 0);
      this.from = "b2";
    }
    without(this.b1, page);
    without(this.b2, page);
  }

  evict(coming: string | undefined): string {
    const { t1, b1, b2 } = this;
    const { frames } = this.pool;
    if (coming === undefined) {
      const page = this.replace(false);
      this.trim();
      return page;
    }
    if (this.from === undefined) {
      if (t1.length + b1.length >= frames) {
        if (b1.length === 0) return taken(t1);
        b1.pop();
      } else if (this.total() >= 2 * frames) {
        b2.pop();
      }
    }
    return this.replace(this.from === "b2");
  }

  private total(): number {
    return this.t1.length + this.t2.length + this.b1.length + this.b2.length;
  }

  private replace(inB2: boolean): string {
    const { t1, t2, b1, b2, p } = this;
    const first = (t1.length > 0 && (t1.length > p || (t1.length === p && inB2))) || t2.length === 0;
    const page = taken(first ? t1 : t2);
    (first ? b1 : b2).unshift(page);
    return page;
  }

  load(page: string): void {
    (this.from ? this.t2 : this.t1).unshift(page);
    this.from = undefined;
  }

  drop(page: string): void {
    for (const list of [this.t1, this.t2, this.b1, this.b2]) without(list, page);
  }

  resize(frames: number): void {
    this.p = Math.min(this.p, frames);
    this.trim();
  }

  private trim(): void {
    const { frames } = this.pool;
    while (this.b1.length > 0 && this.t1.length + this.b1.length > frames) this.b1.pop();
    while (this.b2.length > 0 && this.total() > 2 * frames) this.b2.pop();
  }
}
