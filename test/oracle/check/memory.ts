// What a heap checker knows of a process's memory, a Map entry a byte: the naive twin of assembly/check.

export interface TwinBlock {
  start: bigint;
  size: bigint;
  isLive: boolean;
  isFrame: boolean;
  isCaptured: boolean;
  name: string;
  allocated: string | null;
  freed: string | null;
  /** It came with a fork. */
  isInherited: boolean;
}

export type Where = "before" | "inside" | "after";

export interface TwinFinding {
  kind: string;
  va: bigint;
  size: bigint;
  block: TwinBlock | undefined;
  isStore: boolean;
  /** Where what has no block was allocated. */
  allocated?: string | null;
}

const PAGE = 4096n;
const HEAP = 1n << 44n;
const MAPS = 1n << 45n;
const STACKS = 1n << 46n;
const NEAR = 65536n;

export class TwinMemory {
  /** Blocks that are remembered: live ones, freed ones, frames. */
  blocks: TwinBlock[] = [];
  /** Bytes of live blocks and of mapped memory that nobody wrote; contents by address, where they are known. */
  unwritten = new Set<bigint>();
  contents = new Map<bigint, number>();
  /** Pages that captured blocks are on, or were. */
  heapPages = new Set<bigint>();
  mapped = new Set<bigint>();
  /** Freed blocks of the checker's own, the oldest first. */
  quarantine: TwinBlock[] = [];
  top = HEAP;
  strict = false;
  guarded = false;

  copy(): TwinMemory {
    const copy = new TwinMemory();
    const blocks = new Map(this.blocks.map((block) => [block, { ...block, isInherited: true }]));
    copy.blocks = [...blocks.values()];
    copy.unwritten = new Set(this.unwritten);
    copy.contents = new Map(this.contents);
    copy.heapPages = new Set(this.heapPages);
    copy.mapped = new Set(this.mapped);
    copy.top = this.top;
    copy.strict = this.strict;
    copy.guarded = this.guarded;
    return copy;
  }

  /** The block whose byte this is. */
  blockOf(va: bigint): TwinBlock | undefined {
    return this.blocks.find(({ start, size }) => va >= start && va < start + size);
  }

  private isForbidden(va: bigint): boolean {
    const block = this.blockOf(va);
    if (block) return !block.isLive;
    if ((va >= HEAP && va < MAPS) || (va >= STACKS && va < 2n * STACKS)) return true;
    if (this.heapPages.has(va / PAGE)) return true;
    if (va < PAGE && this.guarded) return true;
    return this.strict && !this.mapped.has(va);
  }

  /** Checks an access; through a block, where one is given. What is wrong with it. */
  access(va: bigint, size: bigint, isStore: boolean, owner?: TwinBlock): TwinFinding[] {
    const bytes = Array.from({ length: Number(size) }, (_, i) => va + BigInt(i));
    const found = owner
      ? this.judgeWithin(bytes, va, size, isStore, owner)
      : this.judge(bytes, va, size, isStore);
    if (isStore) {
      for (const byte of bytes) {
        const isWritten = owner ? owner.isLive && this.blockOf(byte) === owner : !this.isForbidden(byte);
        if (!isWritten) continue;
        this.unwritten.delete(byte);
        this.contents.delete(byte);
      }
    }
    return found ? [found] : [];
  }

  private judge(bytes: bigint[], va: bigint, size: bigint, isStore: boolean): TwinFinding | undefined {
    const isBad = bytes.map((byte) => this.isForbidden(byte));
    const forgiven = !isStore && isWhole(va, size) && isBad.includes(false);
    const bad = bytes[isBad.indexOf(true)];
    if (bad !== undefined && !forgiven) return this.forbidden(va, bad, size, isStore);
    const raw = bytes.find((byte) => !this.isForbidden(byte) && this.unwritten.has(byte));
    return raw === undefined || isStore ? undefined : this.undefinedLoad(va, size, this.blockOf(raw));
  }

  private judgeWithin(
    bytes: bigint[],
    va: bigint,
    size: bigint,
    isStore: boolean,
    owner: TwinBlock,
  ): TwinFinding | undefined {
    const finding = { va, size, block: owner, isStore };
    if (!owner.isLive) return { ...finding, kind: afterEnd(owner, isStore) };
    const inside = bytes.filter((byte) => byte >= owner.start && byte < owner.start + owner.size);
    const forgiven = !isStore && isWhole(va, size) && inside.length > 0;
    if (inside.length < bytes.length && !forgiven) return { ...finding, kind: beyond(owner, isStore) };
    const isRaw = !isStore && inside.some((byte) => this.unwritten.has(byte));
    return isRaw ? this.undefinedLoad(va, size, owner) : undefined;
  }

  private undefinedLoad(va: bigint, size: bigint, block: TwinBlock | undefined): TwinFinding {
    const kind = block?.isCaptured ? "uninitialised-load" : "uninitialised-read";
    return { kind, va, size, block, isStore: false };
  }

  private forbidden(va: bigint, bad: bigint, size: bigint, isStore: boolean): TwinFinding {
    const finding = { va, size, isStore };
    const here = this.blockOf(va);
    if (here?.isLive) return { ...finding, kind: beyond(here, isStore), block: here };
    const reached = this.blocks
      .filter(({ start }) => start > va && start < va + size)
      .sort((a, b) => (a.start < b.start ? -1 : 1))[0];
    const block = here ?? this.blockOf(bad) ?? reached;
    if (block && !block.isLive) return { ...finding, kind: afterEnd(block, isStore), block };
    const isOwn = (bad >= HEAP && bad < MAPS) || (bad >= STACKS && bad < 2n * STACKS);
    const near = isOwn || this.isKnownPage(bad / PAGE) ? this.nearest(va) : undefined;
    if (!near) return { ...finding, kind: "unmapped", block: undefined };
    return { ...finding, kind: beyond(near, isStore), block: near };
  }

  /** Pages with captured blocks, and those that are mapped in part. */
  private isKnownPage(page: bigint): boolean {
    if (this.heapPages.has(page)) return true;
    const bytes = Array.from({ length: Number(PAGE) }, (_, i) => this.mapped.has(page * PAGE + BigInt(i)));
    return bytes.includes(true) && bytes.includes(false);
  }

  private nearest(va: bigint): TwinBlock | undefined {
    const measured = this.blocks.map((block) => {
      const isBelow = block.start <= va;
      return { block, isBelow, distance: isBelow ? va - block.start - block.size : block.start - va };
    });
    // Of two on one side the one that begins nearer is meant: blocks do not overlap.
    const below = measured
      .filter(({ isBelow }) => isBelow)
      .sort((a, b) => (a.block.start > b.block.start ? -1 : 1))[0];
    const above = measured
      .filter(({ isBelow }) => !isBelow)
      .sort((a, b) => (a.block.start < b.block.start ? -1 : 1))[0];
    const behind = below?.distance ?? NEAR;
    const before = above?.distance ?? NEAR;
    if (below && behind <= before && behind < NEAR) return below.block;
    return above && before < NEAR ? above.block : undefined;
  }

  /** The allocator gave [from, to) back: something else may be there. */
  unmap(from: bigint, to: bigint): void {
    const over = this.blocks.filter(({ start, size }) => start < to && start + size > from);
    if (over.some(({ isLive }) => isLive)) return;
    this.blocks = this.blocks.filter((block) => !over.includes(block));
    for (let at = from; at < to; at++) {
      this.unwritten.delete(at);
      this.contents.delete(at);
      this.heapPages.delete(at / PAGE);
    }
  }

  give(block: TwinBlock, fill: "nothing" | "zeros" | "written"): void {
    for (let at = block.start; at < block.start + block.size; at++) {
      this.contents.delete(at);
      this.unwritten.delete(at);
      if (fill === "nothing") this.unwritten.add(at);
      else if (fill === "zeros") this.contents.set(at, 0);
    }
    this.blocks.push(block);
  }

  /** The blocks that a new one lies over leave. Those of them that are live. */
  makeWay(start: bigint, size: bigint): TwinBlock[] {
    const over = this.blocks
      .filter((block) => {
        const inside = block.start >= start && block.start < start + size;
        return inside || (block.start < start && block.start + block.size > start);
      })
      .sort((a, b) => (a.start < b.start ? -1 : 1));
    this.blocks = this.blocks.filter((block) => !over.includes(block));
    for (const block of over) this.clear(block);
    return over.filter(({ isLive }) => isLive);
  }

  release(block: TwinBlock, place: string | null, quarantine: bigint): void {
    block.isLive = false;
    block.freed = place;
    this.clear(block);
    if (block.isCaptured || block.isFrame) return;
    this.quarantine.push(block);
    const bytes = () => this.quarantine.reduce((all, { size }) => all + (size > 0n ? size : 1n), 0n);
    while (bytes() > quarantine) {
      const oldest = this.quarantine.shift();
      this.blocks = this.blocks.filter((each) => each !== oldest);
    }
  }

  private clear({ start, size }: TwinBlock): void {
    for (let at = start; at < start + size; at++) {
      this.unwritten.delete(at);
      this.contents.delete(at);
    }
  }

  /** Copies what is known of bytes. */
  move(from: bigint, to: bigint, size: bigint): void {
    for (let i = 0n; i < size; i++) {
      const byte = this.contents.get(from + i);
      if (byte === undefined) this.contents.delete(to + i);
      else this.contents.set(to + i, byte);
      if (this.unwritten.has(from + i)) this.unwritten.add(to + i);
      else this.unwritten.delete(to + i);
    }
  }

  put(va: bigint, bytes: readonly number[]): void {
    for (const [i, byte] of bytes.entries()) {
      const at = va + BigInt(i);
      if (this.isForbidden(at)) continue;
      this.unwritten.delete(at);
      this.contents.set(at, byte);
    }
  }
}

export function isWhole(va: bigint, size: bigint): boolean {
  return [4n, 8n, 16n, 32n].includes(size) && va % size === 0n;
}

export function beyond({ isFrame, isLive }: TwinBlock, isStore: boolean): string {
  if (isFrame) return isLive ? "stack-overflow" : "dead-frame";
  return isStore ? "invalid-write" : "invalid-read";
}

export function afterEnd({ isFrame }: TwinBlock, isStore: boolean): string {
  if (isFrame) return "dead-frame";
  return isStore ? "use-after-free-write" : "use-after-free-read";
}
