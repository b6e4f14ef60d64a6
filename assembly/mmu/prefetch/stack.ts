// Nodes in order of their last use, found by key: a list from the newest to the oldest, and a chained hash table over it.
//
//   newest <-> node <-> ... <-> oldest
//
// A node stays where it is as long as it is held. One that was removed is used again.

import { allocate } from "../../base/arena";

const GOLDEN: u64 = 0x9e3779b97f4a7c15;
const LEAST_NODES: u32 = 64;

/** What a node holds beside its key follows in a class of its own. */
@unmanaged
export class Node {
  key: u64;
  /** The neighbours in the list, or 0. */
  newer: usize;
  older: usize;
  /** The next node of the bucket, or the next free one. */
  next: usize;
}

@unmanaged
export class Stack {
  newest: usize;
  oldest: usize;
  length: u32;
  private nodeBytes: u32;
  private free: usize;
  /** Heads of chains, a power of two of them. */
  private buckets: usize;
  private bucketBits: u32;

  /** Takes memory for `nodes` nodes; false when it is used up. `nodeBytes`: of the node's class. */
  open(nodes: u32, nodeBytes: u32): bool {
    this.nodeBytes = (nodeBytes + 7) & ~7;
    const wanted = max(nodes, LEAST_NODES);
    return this.addNodes(wanted) && this.spread(32 - clz(wanted - 1));
  }

  /** The node of a key, or 0. */
  find(key: u64): usize {
    let at = load<usize>(this.bucket(key));
    while (at && changetype<Node>(at).key != key) at = changetype<Node>(at).next;
    return at;
  }

  /** A new node for a key that is not held, as the newest, all zero but its key; 0 when memory is used up. */
  push(key: u64): usize {
    if (!this.free && !this.grow()) return 0;
    const at = this.free;
    const node = changetype<Node>(at);
    this.free = node.next;
    memory.fill(at, 0, this.nodeBytes);
    node.key = key;
    this.link(at);
    this.lead(at);
    this.length++;
    return at;
  }

  remove(at: usize): void {
    const node = changetype<Node>(at);
    let link = this.bucket(node.key);
    while (load<usize>(link) != at) link = load<usize>(link) + offsetof<Node>("next");
    store<usize>(link, node.next);
    this.leave(at);
    node.next = this.free;
    this.free = at;
    this.length--;
  }

  /** Makes a node the newest. */
  raise(at: usize): void {
    if (this.newest == at) return;
    this.leave(at);
    this.lead(at);
  }

  private lead(at: usize): void {
    const node = changetype<Node>(at);
    node.newer = 0;
    node.older = this.newest;
    if (this.newest) changetype<Node>(this.newest).newer = at;
    else this.oldest = at;
    this.newest = at;
  }

  private leave(at: usize): void {
    const node = changetype<Node>(at);
    if (node.newer) changetype<Node>(node.newer).older = node.older;
    else this.newest = node.older;
    if (node.older) changetype<Node>(node.older).newer = node.newer;
    else this.oldest = node.newer;
  }

  /** As many nodes again, all of which are held. */
  private grow(): bool {
    return this.spread(this.bucketBits + 1) && this.addNodes(this.length);
  }

  private addNodes(count: u32): bool {
    const first = allocate(<u64>count * <u64>this.nodeBytes, 8);
    if (!first) return false;
    for (let i: u32 = 0; i < count; i++) {
      const at = first + <usize>i * <usize>this.nodeBytes;
      changetype<Node>(at).next = this.free;
      this.free = at;
    }
    return true;
  }

  /** Chains all nodes anew, over 2^bits buckets. */
  private spread(bits: u32): bool {
    const buckets = allocate((<u64>sizeof<usize>()) << (<u64>bits), 8);
    if (!buckets) return false;
    this.buckets = buckets;
    this.bucketBits = bits;
    for (let at = this.newest; at; at = changetype<Node>(at).older) this.link(at);
    return true;
  }

  private link(at: usize): void {
    const node = changetype<Node>(at);
    const bucket = this.bucket(node.key);
    node.next = load<usize>(bucket);
    store<usize>(bucket, at);
  }

  private bucket(key: u64): usize {
    const number = (key * GOLDEN) >> (64 - <u64>this.bucketBits);
    return this.buckets + <usize>number * sizeof<usize>();
  }
}

/** A stack without nodes, with memory for `nodes` of them; null when it is used up. */
export function newStack(nodes: u32, nodeBytes: u32): Stack | null {
  const at = allocate(offsetof<Stack>(), 8);
  return at && changetype<Stack>(at).open(nodes, nodeBytes) ? changetype<Stack>(at) : null;
}

/** The row of a key in a table of `rows`, as a use: the one held, else a new one, for which the least recently used goes. */
export function rowOf(table: Stack, key: u64, rows: u32): usize {
  const held = table.find(key);
  if (held) {
    table.raise(held);
    return held;
  }
  if (table.length == rows) table.remove(table.oldest);
  return table.push(key);
}
