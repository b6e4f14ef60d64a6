// From numbers of pages to numbers of 32 bits: a tree of nodes of 512, as high as the largest number needs. The leaf that was found last is
// found again by a compare.
//
//   root -> | node, 512 u32 |  ...  -> | leaf: 512 values, 0 is none |

import { freeBlock, takeBlock } from "../base/blocks";

const BITS: u64 = 9;
export const FAN: u64 = 1 << BITS;
/** log2 of the bytes of a node, and of the struct. */
const NODE: u32 = 11;
const STRUCT: u32 = 5;
/** No page has this number. */
export const NO_PAGE: u64 = u64.MAX_VALUE;

@unmanaged
export class PageMap {
  private root: usize;
  /** Levels of nodes; 0: nothing was ever put. */
  private height: u32;
  private lastLeaf: usize;
  /** The number of the pages of `lastLeaf`, cut by BITS. */
  private lastPrefix: u64;
  /** Values that are not 0. */
  count: u32;

  /** The address of the values of the pages from a multiple of FAN on that has `page` next above; 0: none has one. */
  valuesAt(page: u64): usize {
    return this.leafOf(page);
  }

  /** The same, made where there are none: each that is stored there must be counted. 0 when memory is used up. */
  valuesFor(page: u64): usize {
    const leaf = this.leafOf(page);
    return leaf ? leaf : this.extend(page);
  }

  /** The value of a page, 0: none. */
  get(page: u64): u32 {
    const leaf = this.leafOf(page);
    return leaf ? load<u32>(leaf + PageMap.place(page)) : 0;
  }

  /** Where the value of a page is among those of its FAN. */
  static place(page: u64): usize {
    return (<usize>(page & (FAN - 1))) << 2;
  }

  @inline
  private leafOf(page: u64): usize {
    const prefix = page >> BITS;
    if (prefix == this.lastPrefix && this.lastLeaf) return this.lastLeaf;
    return this.descend(page);
  }

  private descend(page: u64): usize {
    const height = this.height;
    if (!height || PageMap.above(page, height)) return 0;
    let node = this.root;
    for (let level: u64 = height - 1; level > 0; level--) {
      node = load<usize>(node + PageMap.place(page >> (level * BITS)));
      if (!node) return 0;
    }
    this.lastPrefix = page >> BITS;
    this.lastLeaf = node;
    return node;
  }

  /** Whether a number is too large for so many levels. */
  private static above(page: u64, height: u64): bool {
    return height * BITS < 64 && page >> (height * BITS) != 0;
  }

  /** Gives a page a value, not 0. False when memory is used up. */
  put(page: u64, value: u32): bool {
    let leaf = this.leafOf(page);
    if (!leaf) {
      leaf = this.extend(page);
      if (!leaf) return false;
    }
    const at = leaf + PageMap.place(page);
    if (!load<u32>(at)) this.count++;
    store<u32>(at, value);
    return true;
  }

  private extend(page: u64): usize {
    while (!this.height || PageMap.above(page, this.height)) {
      const root = takeBlock(NODE);
      if (!root) return 0;
      if (this.height) store<usize>(root, this.root);
      this.root = root;
      this.height++;
    }
    let node = this.root;
    for (let level: u64 = this.height - 1; level > 0; level--) {
      const at = node + PageMap.place(page >> (level * BITS));
      node = load<usize>(at);
      if (node) continue;
      node = takeBlock(NODE);
      if (!node) return 0;
      store<usize>(at, node);
    }
    this.lastPrefix = page >> BITS;
    this.lastLeaf = node;
    return node;
  }

  /** Takes a page out. Its value, or 0. */
  remove(page: u64): u32 {
    const leaf = this.leafOf(page);
    if (!leaf) return 0;
    const at = leaf + PageMap.place(page);
    const value = load<u32>(at);
    if (!value) return 0;
    store<u32>(at, 0);
    this.count--;
    return value;
  }

  /** The first page from `page` to `last` that has a value; NO_PAGE: none has. */
  next(page: u64, last: u64): u64 {
    let at = page;
    while (at <= last) {
      const skip = this.gap(at);
      if (!skip) return at;
      if (last - at < skip) break;
      at += skip;
    }
    return NO_PAGE;
  }

  /** Pages from `page` on that have no value, as far as one node tells; 0: `page` has one. */
  private gap(page: u64): u64 {
    const leaf = this.leafOf(page);
    if (!leaf) return this.missing(page);
    let at = page & (FAN - 1);
    const first = at;
    while (at < FAN && !load<u32>(leaf + ((<usize>at) << 2))) at++;
    return at - first;
  }

  /** Pages from `page` on to the end of the missing node that would hold it. */
  private missing(page: u64): u64 {
    const height = this.height;
    if (!height || PageMap.above(page, height)) return u64.MAX_VALUE - page;
    let node = this.root;
    let level: u64 = height - 1;
    for (; level > 1; level--) {
      node = load<usize>(node + PageMap.place(page >> (level * BITS)));
      if (!node) break;
    }
    const span = (<u64>1) << (level * BITS);
    return span - (page & (span - 1));
  }

  /** Empties the map, and gives its nodes back. */
  clear(): void {
    if (this.height) PageMap.free(this.root, this.height - 1);
    memory.fill(changetype<usize>(this), 0, (<usize>1) << (<usize>STRUCT));
  }

  private static free(node: usize, level: u32): void {
    if (level) {
      for (let place: usize = 0; place < (<usize>FAN) << 2; place += 4) {
        const child = load<usize>(node + place);
        if (child) PageMap.free(child, level - 1);
      }
    }
    freeBlock(node, NODE);
  }
}

/** An empty map, or null when memory is used up. */
export function newPageMap(): PageMap | null {
  return changetype<PageMap | null>(takeBlock(STRUCT));
}

export function freePageMap(map: PageMap): void {
  map.clear();
  freeBlock(changetype<usize>(map), STRUCT);
}
