import { type CompiledCore, Core } from "../core.js";

/**
 * Cores that heaps share, at most. Each has address space of its own, of which there is room for about a hundred, and takes garbage collections to make;
 * a heap that finds none free takes that of the heap that was used the longest ago, which costs copying both.
 */
const MOST = 16;

/** A heap that has a core while it is in use. @internal */
export interface Tenant {
  /** It loses its core. */
  evict(): void;
}

/** @internal */
export class Cores {
  private readonly module: CompiledCore;
  private readonly free: Core[] = [];
  /** The one that was used the longest ago first. */
  private readonly rented = new Map<Tenant, Core>();
  private made = 0;

  constructor(module: CompiledCore) {
    this.module = module;
  }

  /** A core for a heap that has none. */
  rent(tenant: Tenant): Core {
    const core = this.free.pop() ?? this.another();
    this.rented.set(tenant, core);
    return core;
  }

  /** The heap is used now. */
  use(tenant: Tenant, core: Core): void {
    this.rented.delete(tenant);
    this.rented.set(tenant, core);
  }

  /** The heap needs its core no more. */
  giveBack(tenant: Tenant): void {
    const core = this.rented.get(tenant);
    this.rented.delete(tenant);
    if (core) this.free.push(core);
  }

  private another(): Core {
    const [oldest] = this.rented;
    if (!oldest || this.made < MOST) {
      this.made++;
      return Core.forHeap(this.module);
    }
    const [tenant, core] = oldest;
    tenant.evict();
    this.rented.delete(tenant);
    return core;
  }
}
