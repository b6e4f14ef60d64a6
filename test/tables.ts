// The core's page tables that are no tree, under the names and with the values of their naive twins.

import type { Found } from "./oracle/hashed.js";
import type { Core } from "./testing.js";

export type Kind = "open" | "chained" | "inverted" | "cuckoo";

export class CoreTable {
  private readonly core: Core;
  private readonly kind: number;
  /** The address of its fields. */
  readonly at: number;

  constructor(core: Core, kind: Kind, slots: number, ways = 3) {
    const { TableKind } = core;
    const kinds = {
      open: TableKind.Open,
      chained: TableKind.Chained,
      inverted: TableKind.Inverted,
      cuckoo: TableKind.Cuckoo,
    };
    this.core = core;
    this.kind = kinds[kind];
    this.at = core.newTable(this.kind, slots, ways) >>> 0;
    if (this.at === 0) throw new Error("memory is used up");
  }

  get bytes(): number {
    return Number(this.core.tableBytes(this.kind, this.at));
  }

  /** The place of the PTE, 0 if there is none. */
  find(vpn: bigint, space = 0): number {
    return this.core.findPte(this.kind, this.at, vpn, space) >>> 0;
  }

  /** Whether there was memory. The new PTE gets a value. */
  insert(vpn: bigint, space: number, pte: bigint): boolean {
    const place = this.core.insertPte(this.kind, this.at, vpn, space) >>> 0;
    if (place === 0) return false;
    const view = this.view();
    if (view.getBigUint64(place, true) !== 0n) throw new Error("a new PTE is not 0");
    view.setBigUint64(place, pte, true);
    return true;
  }

  remove(vpn: bigint, space = 0): void {
    this.core.removePte(this.kind, this.at, vpn, space);
  }

  walk(vpn: bigint, space = 0): Found {
    const place = this.core.walkTo(this.kind, this.at, vpn, space) >>> 0;
    if (place !== this.find(vpn, space)) throw new Error("a walk ends elsewhere than a search");
    return { found: place !== 0, reads: this.core.readsMade() };
  }

  /** The addresses that a walk reads, in order, and what it finds in the PTEs there. */
  logged(vpn: bigint, space = 0): { address: number; pte: bigint }[] {
    const { core } = this;
    const length = core.walkLogged(this.kind, this.at, vpn, space);
    const first = core.steps.value as number;
    const view = this.view();
    return Array.from({ length }, (_, step) => {
      const at = first + step * core.Log.Bytes;
      return { address: Number(view.getBigUint64(at + 8, true)), pte: view.getBigUint64(at + 16, true) };
    });
  }

  /** The PTE of a page. */
  pte(vpn: bigint, space = 0): bigint {
    return this.view().getBigUint64(this.find(vpn, space), true);
  }

  frameOf(vpn: bigint, space: number): number {
    return Number(this.core.frameAt(this.at, this.find(vpn, space)));
  }

  private view(): DataView {
    return new DataView(this.core.memory.buffer);
  }
}
