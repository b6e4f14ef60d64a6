import type { Checker, RawFinding } from "../engine/checker.js";
import type { Count } from "../engine/stats.js";
import type { CodePlace } from "./code.js";
import { type FindingKind, findingKinds } from "./kinds.js";
import { messageOf } from "./messages.js";
import { placeText, type Texts } from "./texts.js";

/** The block that a finding is told of, and where in or beside it the first byte lies. */
export interface FindingBlock {
  size: Count;
  where: "before" | "inside" | "after";
  /** Bytes from the first byte to the block's start (`before`), from the start to it (`inside`), or from the end to it (`after`). */
  offset: Count;
  address: string;
  /** What the trace calls it. */
  name?: string;
  /** It is a frame of a stack. */
  frame?: true;
}

/** Something wrong, and how often it was found at the same three places. */
export interface Finding {
  kind: FindingKind;
  /** Bytes of the access, or that were asked for; of a free 0. */
  size: Count;
  /** Where the access begins; null: none. */
  va: string | null;
  block: FindingBlock | null;
  /** FILE:LINE where it was made, where the block was allocated, and freed; null: not known. */
  access: string | null;
  allocated: string | null;
  freed: string | null;
  /** One line of what is wrong. */
  message: string;
  count: number;
  /** Accesses of the trace up to the first of them, and the process. */
  record: number;
  process: number;
  /** The instruction that was fetched last, where the trace has no place of the access; and where in a run-time library it is, called at `access`. */
  pc?: string;
  within?: string;
  /** Lines of the trace, where it names no places. */
  lines?: { access?: number; allocated?: number; freed?: number };
}

/** Puts rows of the core into the words of reports. Those that are at the same three places are one. @internal */
export function findingsOf(
  placed: ReadonlyMap<RawFinding, CodePlace | undefined>,
  checker: Checker,
  texts: Texts,
): Finding[] {
  const findings = new Map<unknown, Finding>();
  for (const [raw, code] of placed) {
    const finding = findingOf(raw, checker, texts, code);
    const { kind, access, allocated, freed, process } = finding;
    const key = code ? JSON.stringify([kind, access, allocated, freed, process]) : raw;
    const known = findings.get(key);
    if (known) known.count += finding.count;
    else findings.set(key, finding);
  }
  return [...findings.values()];
}

/** @internal */
export function findingOf(raw: RawFinding, checker: Checker, texts: Texts, code?: CodePlace): Finding {
  const { BlockFlag } = checker.core.enums;
  const kinds = findingKinds(checker.core.enums);
  const named = kinds[raw.kind] ?? "invalid-read";
  const isCaptured = (raw.flags & BlockFlag.Captured) !== 0;
  const kind = named === "uninitialised-read" && isCaptured ? "uninitialised-load" : named;
  const places = {
    access: code?.at ?? texts.placeOf(raw.access),
    allocated: texts.placeOf(raw.allocated),
    freed: texts.placeOf(raw.freed),
  };
  const lines = Object.entries(places).flatMap(([name, place]) =>
    place && "traceLine" in place ? [[name, place.traceLine] as const] : [],
  );
  const name = texts.text(raw.name);
  const finding = {
    kind,
    size: countOf(raw.size),
    va: hasAddress(kind, raw) ? hex(raw.va) : null,
    block: raw.block ? blockOf(raw, raw.block, name, checker) : null,
    access: placeText(places.access),
    allocated: placeText(places.allocated),
    freed: placeText(places.freed),
    count: raw.count,
    record: raw.record,
    process: raw.process,
    ...(raw.pc !== 0n && (raw.access === 0n || code) ? { pc: hex(raw.pc) } : {}),
    ...(code?.within === undefined ? {} : { within: code.within }),
    ...(lines.length > 0 ? { lines: Object.fromEntries(lines) } : {}),
  };
  const isStore = (raw.flags & BlockFlag.Store) !== 0;
  const isFreed = (raw.flags & BlockFlag.Freed) !== 0;
  const isRealloc = (raw.flags & BlockFlag.Realloc) !== 0;
  const parts = { finding, name, isStore, isFreed, isRealloc, product: raw.product };
  return { ...finding, message: messageOf(parts) };
}

function blockOf(
  { va, flags }: RawFinding,
  { start, size, where }: NonNullable<RawFinding["block"]>,
  name: string,
  checker: Checker,
): FindingBlock {
  const { BlockFlag, Where } = checker.core.enums;
  const named = {
    address: hex(start),
    ...(name === "" ? {} : { name }),
    ...((flags & BlockFlag.Frame) === 0 ? {} : { frame: true as const }),
  };
  const block = { size: countOf(size), ...named };
  if (where === Where.Before) return { ...block, where: "before", offset: countOf(start - va) };
  if (where === Where.After) return { ...block, where: "after", offset: countOf(va - start - size) };
  return { ...block, where: "inside", offset: countOf(va - start) };
}

/** Whether a finding is of an address at all. */
function hasAddress(kind: FindingKind, { va, name, block }: RawFinding): boolean {
  if (kind === "size-confusion" || kind === "size-overflow") return false;
  return !(kind === "invalid-free" && va === 0n && name !== 0 && !block);
}

/** A number, or its digits above 2^53. @internal */
export function countOf(value: bigint): Count {
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : String(value);
}

/** @internal */
export function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
