// An address space as a Map with an entry a page; its VMAs are what equal neighbours make.

import type { FileObject, Page } from "./contents.js";

/** What is known of a VMA beside its protection. */
export type Flag =
  | "shared"
  | "maywrite"
  | "growsdown"
  | "noreserve"
  | "locked"
  | "dontfork"
  | "wipeonfork"
  | "hugepage"
  | "nohugepage"
  | "random"
  | "sequential"
  | "dontdump"
  | "mergeable";

export interface Attributes {
  /** Some of r, w, x, in this order. */
  protection: string;
  flags: ReadonlySet<Flag>;
}

/** A page of an address space. */
export interface Entry {
  space: Space;
  number: number;
  attributes: Attributes;
  file: FileObject | undefined;
  /** The page of the file. */
  index: number;
  /** What was found or made here; of a file's pages only while it is present. */
  page: Page | undefined;
  /** Whether the page table leads to the page. */
  isPresent: boolean;
  /** Anonymous, and perhaps shared with other processes: a store asks first. */
  isCow: boolean;
  /** Whether memory is promised for it. */
  isCharged: boolean;
  /** It joins no VMA below: Linux merges what a call changed, not what became alike otherwise. */
  isApart: boolean;
}

export interface Vma extends Attributes {
  from: number;
  /** The page behind the last. */
  to: number;
  file: FileObject | undefined;
  index: number;
  isCharged: boolean;
}

export class Space {
  readonly entries = new Map<number, Entry>();
  /** Processes that live in it. */
  users = 1;
  startBreak = 0n;
  /** Where its program begins; 0n: nowhere. */
  entry = 0n;
  break = 0n;

  /** The entries of pages [from, to), by rising number. */
  range(from: number, to: number): Entry[] {
    const found: Entry[] = [];
    if (to - from > this.entries.size) {
      for (const entry of this.entries.values())
        if (entry.number >= from && entry.number < to) found.push(entry);
      return found.sort((a, b) => a.number - b.number);
    }
    for (let number = from; number < to; number++) {
      const entry = this.entries.get(number);
      if (entry) found.push(entry);
    }
    return found;
  }

  /** The page of a number may join the one below again. */
  join(number: number): void {
    const entry = this.entries.get(number);
    if (entry) entry.isApart = false;
  }

  all(): Entry[] {
    return [...this.entries.values()].sort((a, b) => a.number - b.number);
  }

  vmas(): Vma[] {
    const vmas: Vma[] = [];
    for (const { number, attributes, file, index, isCharged, isApart } of this.all()) {
      const last = vmas.at(-1);
      const follows =
        last?.to === number &&
        !isApart &&
        last.protection === attributes.protection &&
        keyOf(last.flags) === keyOf(attributes.flags) &&
        last.file === file &&
        last.isCharged === isCharged &&
        (!file || last.index + (last.to - last.from) === index);
      if (follows) last.to++;
      else vmas.push({ from: number, to: number + 1, ...attributes, file, index, isCharged });
    }
    return vmas;
  }

  /** The VMA that holds a page, or the first above it. */
  find(number: number): Vma | undefined {
    return this.vmas().find(({ to }) => to > number);
  }

  count(accepts: (entry: Entry) => boolean): number {
    return [...this.entries.values()].filter(accepts).length;
  }
}

export function keyOf(flags: ReadonlySet<Flag>): string {
  return [...flags].sort().join();
}

export function withFlag(attributes: Attributes, flag: Flag, isSet: boolean): Attributes {
  const flags = new Set(attributes.flags);
  if (isSet) flags.add(flag);
  else flags.delete(flag);
  return { ...attributes, flags };
}

export const isWritable = ({ protection }: Attributes) => protection.includes("w");
export const isShared = ({ flags }: Attributes) => flags.has("shared");
/** What RLIMIT_DATA counts. */
export const isData = (attributes: Attributes) =>
  isWritable(attributes) && !isShared(attributes) && !attributes.flags.has("growsdown");
