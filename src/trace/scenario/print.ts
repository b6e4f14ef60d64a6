import type { Kind } from "../../config/model.js";
import type {
  Address,
  EventFields,
  EventName,
  MapFlag,
  Protection,
  SourcePlace,
  TraceEvent,
} from "../events.js";
import { PROTECTIONS, UNLIMITED } from "../events.js";

export const LETTER_OF: Record<Kind, string> = { load: "L", store: "S", modify: "M", instruction: "I" };

type Print = { [E in EventName]: (event: EventFields[E]) => (string | false | undefined)[] };

/** What stands behind each event's name. */
const PRINT: Print = {
  access: ({ kind, address, size, bytes }) => [
    LETTER_OF[kind],
    `${va(address)},${size}`,
    bytes && hexBytes(bytes),
  ],
  mmap: ({ address, length, protection, flags, file, offset = 0n, name }) => [
    ...["mmap", va(address), String(length), prot(protection), flagWords(flags)],
    ...(file === undefined ? [] : [text(file), hex(offset)]),
    ...named(name),
  ],
  munmap: ({ address, length }) => ["munmap", va(address), String(length)],
  mprotect: ({ address, length, protection }) => ["mprotect", va(address), String(length), prot(protection)],
  mremap: ({ address, oldLength, newLength, mayMove, to, name }) => [
    ...["mremap", va(address), String(oldLength), String(newLength), mayMove && "maymove"],
    ...(to === undefined ? [] : ["to", hex(to)]),
    ...named(name),
  ],
  madvise: ({ address, length, advice }) => ["madvise", va(address), String(length), text(advice)],
  brk: ({ address, name }) => ["brk", va(address), ...named(name)],
  fork: ({ child }) => ["fork", String(child)],
  vfork: ({ child }) => ["vfork", String(child)],
  clone: ({ child }) => ["clone", String(child)],
  exec: ({ file }) => ["exec", text(file)],
  exit: () => ["exit"],
  switch: ({ process, thread }) => ["switch", String(process), thread !== undefined && String(thread)],
  file: ({ name, size, contents, ...opened }) => [
    ...["file", text(name), String(size), modeOf(opened)],
    contents && hexBytes(contents),
  ],
  truncate: ({ name, size }) => ["truncate", text(name), String(size)],
  frames: ({ frames }) => ["frames", String(frames)],
  user: () => ["user"],
  kernel: () => ["kernel"],
  malloc: ({ id, size, alignment }) => [
    ...["malloc", text(id), String(size)],
    ...(alignment === undefined ? [] : ["align", String(alignment)]),
  ],
  calloc: ({ id, count, size }) => ["calloc", text(id), String(count), String(size)],
  realloc: ({ id, newId, size }) => ["realloc", text(id), text(newId), String(size)],
  free: ({ id, offset = 0n }) => {
    const isPlain = offset === 0n && !id.startsWith("$");
    return ["free", isPlain ? text(id) : va({ base: id, offset })];
  },
  "allocator enter": () => ["allocator", "enter"],
  "allocator leave": () => ["allocator", "leave"],
  "allocator unmap": ({ address, length }) => ["allocator", "unmap", va(address), String(length)],
  "frame push": ({ size, name }) => ["frame", "push", String(size), text(name)],
  "frame pop": () => ["frame", "pop"],
  root: ({ address }) => ["root", isBlock(address) ? address.base : va(address)],
  expect: ({ address, bytes }) => ["expect", va(address), hexBytes(bytes)],
  "expect-fault": ({ kind, address, access }) => ["expect-fault", text(kind), va(address), access],
  "expect-errno": ({ errno }) => ["expect-errno", text(errno)],
  region: ({ address, length, protection, name, offset }) => [
    ...["region", va(address), String(length), prot(protection), text(name)],
    offset !== undefined && hex(offset),
  ],
  pagesize: ({ address, length, size }) => ["pagesize", va(address), String(length), text(size)],
  mlock: ({ address, length }) => ["mlock", va(address), String(length)],
  munlock: ({ address, length }) => ["munlock", va(address), String(length)],
  limit: ({ resource, value }) => ["limit", resource, value === UNLIMITED ? "unlimited" : String(value)],
  overcommit: ({ mode, ratio }) => ["overcommit", mode, ratio !== undefined && String(ratio)],
  sbrk: ({ increment, name }) => ["sbrk", String(increment), ...named(name)],
  open: ({ name, ...opened }) => ["open", text(name), modeOf(opened)],
  close: ({ name }) => ["close", text(name)],
  segment: ({ program, address, length, protection, file, offset = 0n, entry }) => [
    ...["segment", text(program), va(address), String(length), prot(protection)],
    ...(file === undefined ? [] : [text(file), hex(offset)]),
    ...(entry === undefined ? [] : ["entry", hex(entry)]),
  ],
};

/** An event as a line of a scenario, without its newline. */
export function printEvent(event: TraceEvent): string {
  const words = PRINT[event.event](event as never).filter(Boolean);
  if ("answer" in event && event.answer) words.push("->", event.answer);
  if (event.at) words.push("at", text(placeOf(event.at)));
  return words.join(" ");
}

function va(address: Address): string {
  if (typeof address === "bigint") return hex(address);
  const { base, offset } = address;
  if (offset === 0n && !/^(?:[0-9]|at$)/.test(base)) return word(base);
  return word(offset < 0n ? `${base}-${-offset}` : `${base}+${offset}`);
}

/** A block's whole name, which `root` needs no offset to tell from an address. */
function isBlock(address: Address): address is { base: string; offset: bigint } {
  return typeof address !== "bigint" && address.offset === 0n && /^[0-9]+$/.test(address.base);
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function prot(protection: readonly Protection[]): string {
  const letters = PROTECTIONS.map((name, i) => (protection.includes(name) ? "rwx"[i] : "")).join("");
  return letters || "-";
}

function flagWords(flags: readonly MapFlag[]): string {
  const [sharing = "private"] = flags.filter((flag) => flag === "shared" || flag === "neither");
  return [sharing, ...flags.filter((flag) => flag !== "shared" && flag !== "neither")].join(",");
}

function named(name: string | undefined): string[] {
  return name === undefined ? [] : ["as", word(name)];
}

function modeOf({ readOnly, writeOnly }: { readOnly: boolean; writeOnly?: boolean }): string {
  if (writeOnly) return "wo";
  return readOnly ? "ro" : "rw";
}

/** FILE:LINE, or the file alone if that does not look like it. */
function placeOf({ file, line }: SourcePlace): string {
  return line > 0 || /:[0-9]+$/.test(file) ? `${file}:${line}` : file;
}

/** A word as it is; what is none stays one word in quotes, which no reading takes for another. */
function word(text: string): string {
  return /^[\w.$+-]+$/.test(text) ? text : JSON.stringify(text);
}

function hexBytes(bytes: string): string {
  return /^([0-9a-f]*|&[\w.$+-]+)$/.test(bytes) ? `=${bytes}` : JSON.stringify(`=${bytes}`);
}

/** A name, in quotes where it would not be one word. */
function text(name: string): string {
  const plain = /^[^\s"#@=$][^\s"]*$/.test(name) && !["as", "at", "entry", "->"].includes(name);
  return plain ? name : JSON.stringify(name);
}
