// The numbers by which the core knows kinds, policies, formats and levels, looked up in its own enums.

import type { Shape } from "../config/formats.js";
import {
  type Access,
  KINDS,
  type Kind,
  type PageTableConfig,
  type PrefetchConfig,
  type TlbConfig,
} from "../config/model.js";
import type { Replacement } from "../config/replacement.js";
import type { Core } from "./core.js";

export function accessNumber(core: Core, access: Access): number {
  const { Access } = core.enums;
  return { instruction: Access.Instruction, load: Access.Load, store: Access.Store }[access];
}

export function accessMask(core: Core, kinds: readonly Access[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << accessNumber(core, kind)), 0);
}

export function kindNumber(core: Core, kind: Kind): number {
  const { Kind } = core.enums;
  return { instruction: Kind.Instruction, load: Kind.Load, store: Kind.Store, modify: Kind.Modify }[kind];
}

/** The kinds by the core's numbers. */
export function kindsByNumber(core: Core): Kind[] {
  return [...KINDS].sort((a, b) => kindNumber(core, a) - kindNumber(core, b));
}

export function kindMask(core: Core, kinds: readonly Kind[]): number {
  return kinds.reduce((mask, kind) => mask | (1 << kindNumber(core, kind)), 0);
}

/** A page size's place among those of the shape, from the smallest. */
export function sizeNumber(shape: Shape, size: string): number {
  return shape.leaves.findIndex((leaf) => leaf.size === size);
}

export function sizeMask(shape: Shape, sizes: readonly string[]): number {
  return sizes.reduce((mask, size) => mask | (1 << sizeNumber(shape, size)), 0);
}

/** A level's number: the last table's is 0. */
export function levelNumber(shape: Shape, name: string): number {
  return shape.levels.length - 1 - shape.levels.findIndex((level) => level.name === name);
}

export function policyNumber(core: Core, policy: TlbConfig["policy"]): number {
  const { Policy } = core.enums;
  const numbers = {
    lru: Policy.Lru,
    fifo: Policy.Fifo,
    plru: Policy.Plru,
    nru: Policy.Nru,
    random: Policy.Random,
    srrip: Policy.Srrip,
    brrip: Policy.Brrip,
    lfu: Policy.Lfu,
    ideal: Policy.Ideal,
  };
  return numbers[policy];
}

export function replacementNumber(core: Core, policy: Replacement): number {
  const { Replacement } = core.enums;
  const numbers = {
    lru: Replacement.Lru,
    fifo: Replacement.Fifo,
    mru: Replacement.Mru,
    random: Replacement.Random,
    opt: Replacement.Opt,
    clock: Replacement.Clock,
    clock0: Replacement.Clock0,
    aging: Replacement.Aging,
    ws: Replacement.Ws,
    wsclock: Replacement.WsClock,
    "2q": Replacement.TwoQueue,
    arc: Replacement.Arc,
    lirs: Replacement.Lirs,
    s3fifo: Replacement.S3Fifo,
    sieve: Replacement.Sieve,
    mglru: Replacement.MultiGenLru,
    sfifo: Replacement.SegmentedFifo,
  };
  return numbers[policy];
}

export function indexNumber(core: Core, index: TlbConfig["index"]): number {
  const { Index } = core.enums;
  return { mod: Index.Mod, xor: Index.Xor }[index];
}

export function prefetchNumber(core: Core, policy: PrefetchConfig["policy"]): number {
  const { Prefetch } = core.enums;
  const numbers = {
    next: Prefetch.Next,
    stride: Prefetch.Stride,
    distance: Prefetch.Distance,
    recency: Prefetch.Recency,
  };
  return numbers[policy];
}

export function familyNumber(core: Core, family: Shape["family"]): number {
  const { Family } = core.enums;
  return { x86: Family.X86, riscv: Family.Riscv, aarch64: Family.Aarch64, radix: Family.Radix }[family];
}

/** How the core is told which addresses are canonical. */
export function canonicalNumber(canonical: Shape["canonical"]): number {
  return { signed: 0, unsigned: 1, halves: 2 }[canonical];
}

export function tableNumber(core: Core, table: PageTableConfig): number {
  const { TableKind } = core.enums;
  switch (table.format) {
    case "hashed":
      return table.collisions === "open" ? TableKind.Open : TableKind.Chained;
    case "inverted":
      return TableKind.Inverted;
    case "elastic-cuckoo":
      return TableKind.Cuckoo;
    default:
      return TableKind.Tree;
  }
}
