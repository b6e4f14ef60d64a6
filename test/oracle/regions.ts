// What an address says of its page: the first of the configured regions that holds it, and the last `pagesize` event.

import type { Access, Config } from "../../src/config/model.js";
import type { Shape, Size } from "./shapes.js";

/** What may be done with a page. */
export interface Rights {
  load: boolean;
  store: boolean;
  instruction: boolean;
  user: boolean;
}

export interface Attributes {
  size: Size;
  rights: Rights;
  global: boolean;
}

export interface Range {
  /** The first address, and the one behind the last. */
  from: bigint;
  to: bigint;
}

interface Region extends Range, Attributes {}

function holds({ from, to }: Range, va: bigint): boolean {
  return va >= from && va < to;
}

export function permits(rights: Rights, user: boolean, access: Access): boolean {
  return rights[access] && (rights.user || !user);
}

/** What either allows. */
export function union(one: Rights, other: Rights): Rights {
  return {
    load: one.load || other.load,
    store: one.store || other.store,
    instruction: one.instruction || other.instruction,
    user: one.user || other.user,
  };
}

/** The regions of the configuration. */
export class Regions {
  readonly list: Region[];
  private readonly elsewhere: Attributes;

  constructor(config: Config, shape: Shape) {
    const sizeOf = (name: string) => shape.sizes.find((size) => size.name === name) as Size;
    const everything = { load: true, store: true, instruction: true, user: true };
    this.elsewhere = { size: sizeOf(config.pageSize), rights: everything, global: false };
    this.list = config.regions.map(({ from, to, pageSize, access, user, global }) => {
      const [store, instruction] = [access.includes("w"), access.includes("x")];
      const load = access.includes("r") || (shape.alwaysReadable && (store || instruction));
      return {
        from: address(from),
        to: address(to),
        size: sizeOf(pageSize),
        rights: { load, store, instruction, user },
        global,
      };
    });
  }

  find(va: bigint): Attributes {
    return this.list.find((region) => holds(region, va)) ?? this.elsewhere;
  }

  /** The first byte of the region that holds an address, as faults have it. */
  nameAt(va: bigint): string | null {
    const region = this.list.find((each) => holds(each, va));
    return region ? `0x${region.from.toString(16)}` : null;
  }
}

/** The regions as one address space has them, after its `pagesize` events. */
export class SpaceMap {
  private readonly regions: Regions;
  /** The last event first. */
  private readonly resized: (Range & { size: Size })[] = [];

  constructor(regions: Regions) {
    this.regions = regions;
  }

  find(va: bigint): Attributes {
    const attributes = this.regions.find(va);
    if (this.resized.length === 0) return attributes;
    const size = this.resized.find((range) => holds(range, va))?.size ?? attributes.size;
    return { ...attributes, size };
  }

  resize(range: Range, size: Size): void {
    this.resized.unshift({ ...range, size });
  }

  /** Whether a range has a byte of a global region. */
  hasGlobal({ from, to }: Range): boolean {
    return this.regions.list.some((region) => region.global && region.from < to && from < region.to);
  }
}

/** A hexadecimal text, with or without 0x. */
function address(text: string): bigint {
  return BigInt(text.startsWith("0x") ? text : `0x${text}`);
}
