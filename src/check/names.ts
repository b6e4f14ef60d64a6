import type { Named } from "./process.js";

/** Layers of names that a lookup goes through at most. */
const DEEPEST = 32;

/**
 * What names stand for in a process. A child has the names that its parent had: both go on from the same layer, which changes no more, so that a fork
 * costs nothing for each of them. @internal
 */
export class Names {
  private own = new Map<string, Named>();
  /** What was there before the last fork, the latest first. */
  private layers: readonly ReadonlyMap<string, Named>[];

  constructor(layers: readonly ReadonlyMap<string, Named>[] = []) {
    this.layers = layers;
  }

  /** The caller may change it. */
  get(name: string): Named | undefined {
    const own = this.own.get(name);
    if (own) return own;
    for (const layer of this.layers) {
      const known = layer.get(name);
      if (!known) continue;
      const copy = { ...known };
      this.own.set(name, copy);
      return copy;
    }
    return undefined;
  }

  set(name: string, named: Named): void {
    this.own.set(name, named);
  }

  fork(): Names {
    if (this.own.size > 0) this.layers = [this.own, ...this.layers];
    if (this.layers.length > DEEPEST) {
      const entries = [...this.layers].reverse().flatMap((layer) => [...layer]);
      this.layers = [new Map(entries)];
    }
    this.own = new Map();
    return new Names(this.layers);
  }
}
