// The numbers by which the core knows kinds, sizes and levels, looked up in its own enums.

import { type Access, KINDS, type Kind, type PageSize, type WalkCacheLevel } from "../config/model.js";
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

export function sizeNumber(core: Core, size: PageSize): number {
  const { PageSize } = core.enums;
  return { "4K": PageSize.Size4K, "2M": PageSize.Size2M, "1G": PageSize.Size1G }[size];
}

export function sizeMask(core: Core, sizes: readonly PageSize[]): number {
  return sizes.reduce((mask, size) => mask | (1 << sizeNumber(core, size)), 0);
}

export function levelOf(core: Core, level: WalkCacheLevel): number {
  const { Level } = core.enums;
  return { pml4: Level.Pml4, pdpt: Level.Pdpt, pd: Level.Pd }[level];
}
