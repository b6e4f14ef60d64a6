import type { Checker, RawBlock } from "../engine/checker.js";
import type { Core } from "../engine/core.js";
import { isRuntimePlace } from "../trace/runtime.js";
import { hex } from "./findings.js";
import type { CheckedProcess } from "./process.js";
import type { Session } from "./session.js";
import { placeText, type Texts } from "./texts.js";

/** `runtime`: what the run-time libraries of C and C++ allocated for themselves, in a program that was traced. They do not free it. */
export const LEAK_KINDS = ["definite", "indirect", "possible", "reachable", "runtime"] as const;
export type LeakKind = (typeof LEAK_KINDS)[number];

export interface Amount {
  bytes: number;
  blocks: number;
}

/** What one place of the source has lost. */
export interface LeakSite extends Amount {
  /** FILE:LINE of the allocation; null: not known. */
  at: string | null;
  /** The line of the trace, where it names no place. */
  line?: number;
  kind: LeakKind;
}

/** A block that was never freed. */
export interface LiveBlock {
  address: string;
  size: number;
  at: string | null;
  /** The line of the trace, where it names no place. */
  line?: number;
  kind: LeakKind;
  name?: string;
  process: number;
}

/** A live block, and what is known of it. */
export interface Lost extends Pick<LeakSite, "at" | "line" | "kind"> {
  size: number;
}

/** The blocks that are left at the end of a process, and what pointers lead to them. */
export interface LeakSums extends Record<LeakKind, Amount> {
  /**
   * What it is known by: `pointers`, where the trace tells contents of memory or roots; `never-freed`, where it does not: then no pointer to any block is
   * known, and all of them count as definite.
   */
  basis: "pointers" | "never-freed";
  /** The most bytes first; without what is reachable or of the run-time libraries, unless that was asked for. */
  sites: LeakSite[];
}

/** The same of a checked program. */
export interface Leaks extends LeakSums {
  /** Lost blocks are errors: some are definitely or possibly lost, in a trace that tells of pointers or names its blocks itself. */
  areErrors: boolean;
}

/** Collects what processes leave behind. @internal */
export class LeakSearch {
  readonly blocks: LiveBlock[] = [];
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  /** Takes the blocks of a process, whose memory is entered. */
  take(process: CheckedProcess): void {
    const { checker, texts } = this.session;
    const blocks = checker.leaks(this.rootsOf(process)).sort((a, b) => a.serial - b.serial);
    for (const block of blocks) this.blocks.push(blockOf(block, checker, texts, process.number));
  }

  private rootsOf({ roots }: CheckedProcess): bigint[] {
    return roots.flatMap((root) => {
      const found = this.session.resolve(root);
      return found ? [found.va] : [];
    });
  }

  /** Of these blocks. */
  result(blocks: readonly LiveBlock[], shows: Shows): Leaks {
    const { knowsPointers, isCapture } = this.session;
    const { basis, ...sums } = leaksOf(blocks, knowsPointers ? "pointers" : "never-freed", shows);
    const isKnown = knowsPointers || !isCapture;
    return { basis, areErrors: isKnown && sums.definite.blocks + sums.possible.blocks > 0, ...sums };
  }
}

/** Whether places are listed, and those of what is reachable or of the run-time libraries, too. */
interface Shows {
  sites: boolean;
  reachable: boolean;
}

/** What blocks come to, in all and by place. @internal */
export function leaksOf(blocks: readonly Lost[], basis: LeakSums["basis"], shows: Shows): LeakSums {
  const total = Object.fromEntries(LEAK_KINDS.map((kind) => [kind, { bytes: 0, blocks: 0 }])) as Record<
    LeakKind,
    Amount
  >;
  const sites = new Map<string, LeakSite>();
  for (const { kind, at, line, size } of blocks) {
    add(total[kind], size);
    if (!shows.sites || ((kind === "reachable" || kind === "runtime") && !shows.reachable)) continue;
    const key = `${kind} ${line} ${at}`;
    const place = line === undefined ? { at } : { at, line };
    const site = sites.get(key) ?? { ...place, kind, bytes: 0, blocks: 0 };
    sites.set(key, site);
    add(site, size);
  }
  const ordered = [...sites.values()].sort(
    (a, b) => LEAK_KINDS.indexOf(a.kind) - LEAK_KINDS.indexOf(b.kind) || b.bytes - a.bytes,
  );
  return { basis, ...total, sites: ordered };
}

function add(amount: Amount, size: number): void {
  amount.bytes += size;
  amount.blocks++;
}

function blockOf(block: RawBlock, checker: Checker, texts: Texts, process: number): LiveBlock {
  const name = texts.text(block.name);
  const place = texts.placeOf(block.allocated);
  const isRuntime = place !== undefined && "file" in place && isRuntimePlace(place);
  return {
    address: hex(block.start),
    size: block.size,
    at: placeText(place),
    ...(place && "traceLine" in place ? { line: place.traceLine } : {}),
    kind: isRuntime ? "runtime" : leakKind(block.leak, checker.core),
    ...(name === "" ? {} : { name }),
    process,
  };
}

/** What a search said (`Leak`). @internal */
export function leakKind(leak: number, core: Core): LeakKind {
  const { Leak } = core.enums;
  if (leak === Leak.Reachable) return "reachable";
  if (leak === Leak.Possible) return "possible";
  return leak === Leak.Indirect ? "indirect" : "definite";
}
