// A hashed page table with chains. A bucket is a link to its first node; a node:
//
//   | vpn u64 | PTE u64 | next u64 |      links are addresses, 0: none
//
// A PTE stays where it is until its page is removed.

import { allocate } from "../../base/arena";
import { readEntry } from "../reads";
import { bitsFor, hash } from "./hash";

const BUCKET_BYTES: u64 = 8;

@unmanaged
class Node {
  vpn: u64;
  pte: u64;
  next: u64;
}

@unmanaged
class Chained {
  first: usize;
  /** log2 of the buckets. */
  bits: u32;
  nodes: u32;
  /** A removed node to use again, which leads to the next; or 0. */
  free: usize;

  /** Takes memory for 2^bits empty buckets; false when it is used up. */
  open(bits: u32): bool {
    const first = allocate(BUCKET_BYTES << (<u64>bits), 64);
    if (!first) return false;
    this.first = first;
    this.bits = bits;
    return true;
  }

  bucket(vpn: u64): usize {
    return this.first + (hash(vpn, this.bits) << 3);
  }

  end(): usize {
    return this.first + ((<usize>BUCKET_BYTES) << (<usize>this.bits));
  }

  /** Puts a node at the head of its bucket. */
  link(node: Node): void {
    const bucket = this.bucket(node.vpn);
    node.next = load<u64>(bucket);
    store<u64>(bucket, changetype<usize>(node));
  }

  double(): bool {
    const first = this.first;
    const end = this.end();
    if (!this.open(this.bits + 1)) return false;
    for (let bucket = first; bucket != end; bucket += <usize>BUCKET_BYTES) {
      for (let at = <usize>load<u64>(bucket); at; ) {
        const node = changetype<Node>(at);
        at = <usize>node.next;
        this.link(node);
      }
    }
    return true;
  }

  newNode(): usize {
    const at = this.free;
    if (!at) return allocate(offsetof<Node>(), 8);
    this.free = <usize>changetype<Node>(at).next;
    return at;
  }

  /** The link to the node of a page, or 0. `reading`: the bucket and each node examined are read. */
  seek(vpn: u64, reading: bool): usize {
    let link = this.bucket(vpn);
    if (reading) readEntry(link);
    for (let at = <usize>load<u64>(link); at; at = <usize>load<u64>(link)) {
      if (reading) readEntry(at, 0, changetype<Node>(at).pte);
      if (changetype<Node>(at).vpn == vpn) return link;
      link = at + offsetof<Node>("next");
    }
    return 0;
  }
}

/** A table with `slots` buckets or the next power of two; 0 when memory is used up. */
export function newChained(slots: u32): usize {
  const table = allocate(offsetof<Chained>(), 8);
  return table && changetype<Chained>(table).open(bitsFor(slots)) ? table : 0;
}

/** The place of a page's PTE, or 0. */
export function find(table: usize, vpn: u64): usize {
  return placeOf(changetype<Chained>(table).seek(vpn, false));
}

/** The same, as a walk. */
export function walk(table: usize, vpn: u64): usize {
  return placeOf(changetype<Chained>(table).seek(vpn, true));
}

function placeOf(link: usize): usize {
  return link ? <usize>load<u64>(link) + offsetof<Node>("pte") : 0;
}

/** The place of a PTE of 0 for a page that has none; 0 when memory is used up. */
export function insert(table: usize, vpn: u64): usize {
  const chained = changetype<Chained>(table);
  if (<u64>chained.nodes + 1 > (<u64>1) << (<u64>chained.bits) && !chained.double()) return 0;
  const at = chained.newNode();
  if (!at) return 0;
  const node = changetype<Node>(at);
  node.vpn = vpn;
  node.pte = 0;
  chained.link(node);
  chained.nodes++;
  return at + offsetof<Node>("pte");
}

export function remove(table: usize, vpn: u64): void {
  const chained = changetype<Chained>(table);
  const link = chained.seek(vpn, false);
  if (!link) return;
  const at = <usize>load<u64>(link);
  const node = changetype<Node>(at);
  store<u64>(link, node.next);
  node.next = chained.free;
  chained.free = at;
  chained.nodes--;
}

export function bytesOf(table: usize): u64 {
  const chained = changetype<Chained>(table);
  return (BUCKET_BYTES << (<u64>chained.bits)) + <u64>chained.nodes * offsetof<Node>();
}
