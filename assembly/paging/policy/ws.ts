// Working set (Denning, CACM 1968): a page leaves when as many lookups of its process as the parameter says passed without it. Its process is
// the one that looked it up last. Frames are a cap: where it is reached, the least recently used page leaves.

import { growArray, roomFor } from "../arrays";
import { FIRST, moveToHead, putHead, tailOf, unlink } from "../lists";
import { Page, flagsOf, process, processNow, processes } from "../moment";
import { Needs } from "../policy";

/** Bytes of a page's node: the next older and newer page of its process, the process, and the time of its last lookup there. */
const NODE: u64 = 24;

@unmanaged
export class WorkingSet {
  private window: u64;
  private frames: u32;
  /** Pages of all processes by recency. */
  private links: usize;
  private nodes: usize;
  /** The newest and the oldest page of each process: two u32. */
  private ends: usize;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.window = parameter;
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const room = roomFor(pages, this.frames);
    const links = growArray(this.links, room << 3);
    const nodes = growArray(this.nodes, room * NODE);
    const ends = growArray(this.ends, (<u64>processes + 1) << 3);
    if (links) this.links = links;
    if (nodes) this.nodes = nodes;
    if (ends) this.ends = ends;
    return links != 0 && nodes != 0 && ends != 0;
  }

  resize(frames: u32): void {
    this.frames = frames;
  }

  hit(page: u32): void {
    moveToHead(this.links, FIRST, page);
    this.leave(page);
    this.enter(page);
  }

  admit(page: u32): void {}

  evict(): u32 {
    const page = tailOf(this.links, FIRST);
    this.drop(page);
    return page;
  }

  insert(page: u32): void {
    putHead(this.links, FIRST, page);
    this.enter(page);
  }

  drop(page: u32): void {
    if (!(flagsOf(page) & Page.Resident)) return;
    unlink(this.links, page);
    this.leave(page);
  }

  expired(): u32 {
    const page = load<u32>(this.endsOf(process), 4);
    if (!page || processNow - load<u64>(this.nodeOf(page), 16) < this.window) return 0;
    this.drop(page);
    return page;
  }

  private nodeOf(page: u32): usize {
    return this.nodes + <usize>page * <usize>NODE;
  }

  private endsOf(number: u32): usize {
    return this.ends + ((<usize>number) << 3);
  }

  /** Makes a page the newest of the process that runs. */
  private enter(page: u32): void {
    const node = this.nodeOf(page);
    const ends = this.endsOf(process);
    const older = load<u32>(ends);
    store<u32>(node, older);
    store<u32>(node, 0, 4);
    store<u32>(node, process, 8);
    store<u64>(node, processNow, 16);
    store<u32>(ends, page);
    if (older) store<u32>(this.nodeOf(older), page, 4);
    else store<u32>(ends, page, 4);
  }

  private leave(page: u32): void {
    const node = this.nodeOf(page);
    const ends = this.endsOf(load<u32>(node, 8));
    const older = load<u32>(node);
    const newer = load<u32>(node, 4);
    if (newer) store<u32>(this.nodeOf(newer), older);
    else store<u32>(ends, older);
    if (older) store<u32>(this.nodeOf(older), newer, 4);
    else store<u32>(ends, newer, 4);
  }

  needs(): Needs {
    return <Needs>(Needs.OneRepeat | Needs.Time | Needs.Expiry);
  }
}
