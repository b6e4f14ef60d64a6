import type { Address, EventFields, TraceEvent } from "../trace/events.js";
import { pointerOf } from "../trace/pointers.js";
import { type Blocks, idOf } from "./blocks.js";

/** Where something lies: in the block of a slot, or elsewhere, from the start of what has a name on; without a name, at an address. */
export type Place = { slot: number; offset: bigint } | { name: string; offset: bigint };

/** What a trace tells of memory beside its operations, and behind how many of their stream's entries. */
export type Step = { entries: number } & (
  | { do: "store"; to: Place; size: number; bytes: Uint8Array | Place }
  /** The program needs the block. */
  | { do: "use"; slot: number }
  /** A pointer that the program has from here on. */
  | { do: "root"; to: Place }
  /** It has none to that block any more. */
  | { do: "unroot"; slot: number }
  | { do: "push"; stack: string; name: string }
  | { do: "pop"; stack: string }
  /** Only one of the stacks goes on, as another. */
  | { do: "fork"; stack: string; child: string }
);

/** Contents of memory that a trace tells, up to so many bytes at once. */
const MOST = 65536;

/** What a trace tells of the memory of one process. */
export class Contents {
  readonly steps: Step[];
  /** Stores to, and pointers to, blocks that are not allocated. */
  unplaced: number;
  private readonly rooted: Set<number>;

  /** @param from what to begin with: that of the process that forks */
  constructor(from?: Contents) {
    this.steps = from ? from.steps.slice() : [];
    this.unplaced = from?.unplaced ?? 0;
    this.rooted = new Set(from?.rooted);
  }

  /** The trace tells of roots or of pointers, so that what these lead to can be known; bytes alone say nothing of that. */
  get isTold(): boolean {
    return this.steps.some(
      (step) => step.do === "root" || (step.do === "store" && !(step.bytes instanceof Uint8Array)),
    );
  }

  /** Takes an event that is no operation. `entries`: of the stream, so far; `stack`: of the thread that runs. */
  take(event: TraceEvent, entries: number, blocks: Blocks, stack: string): void {
    if (event.event === "access") this.store(event, entries, blocks);
    else if (event.event === "root") this.root(event.address, entries, blocks);
    else if (event.event === "frame push")
      this.steps.push({ entries, do: "push", stack, name: nameOf(event.name) });
    else if (event.event === "frame pop") this.steps.push({ entries, do: "pop", stack });
  }

  /** The thread of a stack goes on as a child's, and no other does. */
  fork(entries: number, stack: string, child: string): void {
    this.steps.push({ entries, do: "fork", stack, child });
  }

  /** The trace frees a block: it needs no pointer to it any more. */
  freed(slot: number, entries: number): void {
    if (this.rooted.delete(slot)) this.steps.push({ entries, do: "unroot", slot });
  }

  private store({ address, size, bytes }: EventFields["access"], entries: number, blocks: Blocks): void {
    const to = placeOf(address, blocks);
    if (bytes === undefined) {
      if (to && "slot" in to) this.steps.push({ entries, do: "use", slot: to.slot });
      return;
    }
    const value = bytes.startsWith("&") ? placeOf(pointerOf(bytes), blocks) : bytesOf(bytes);
    if (!to || !value || size > MOST) this.unplaced++;
    else this.steps.push({ entries, do: "store", to, size: Number(size), bytes: value });
  }

  private root(address: Address, entries: number, blocks: Blocks): void {
    const to = placeOf(address, blocks);
    if (!to) {
      this.unplaced++;
      return;
    }
    if ("slot" in to) this.rooted.add(to.slot);
    this.steps.push({ entries, do: "root", to });
  }
}

/** Undefined: a block of this name is not allocated. */
function placeOf(address: Address, blocks: Blocks): Place | undefined {
  if (typeof address === "bigint") return { name: "", offset: address };
  const { base, offset } = address;
  if (base.startsWith("$")) return { name: base, offset };
  const slot = blocks.find(idOf(base));
  return slot < 0 ? undefined : { slot, offset };
}

function nameOf(name: string): string {
  return name.startsWith("$") ? name : `$${name}`;
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
