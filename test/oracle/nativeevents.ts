// Events as docs/native-format.md lists them: the numbers of each, and what they stand for.

import type { Kind } from "../../src/config/model.js";
import { ERRNOS, type TraceEvent } from "../../src/trace/events.js";

/** The numbers of an event row, by the mask's bits. Strings are themselves. */
export interface NaiveRow {
  kind: number;
  flags?: bigint;
  a?: bigint;
  b?: bigint;
  c?: bigint;
  d?: bigint;
  line?: bigint;
  name?: string;
  text?: string;
  file?: string;
  base?: string;
}

export const PARTS = ["flags", "a", "b", "c", "d", "line", "name", "text", "file", "base"] as const;
export const STRINGS: readonly string[] = ["name", "text", "file", "base"];
export const KIND_NAMES: readonly Kind[] = ["instruction", "load", "store", "modify"];

type Fields = Record<string, unknown>;
interface NaiveEvent {
  row(event: Fields): Omit<NaiveRow, "kind">;
  fields(row: NaiveRow): Fields;
}

const PROTECTION = ["read", "write", "execute"];
const FLAGS = "shared anon fixed noreplace populate growsdown noreserve locked hugetlb neither".split(" ");
/** Names of powers of two, from 2^0 to 2^63. */
const SIZES = ["", "K", "M", "G", "T", "P", "E"]
  .flatMap((unit) => [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map((number) => `${number}${unit}`))
  .slice(0, 64);
const ACCESS = [undefined, "load", "store", "fetch"];

const bits = (names: readonly string[], chosen: unknown, shift: number) =>
  names.reduce(
    (sum, name, i) => sum + ((chosen as string[]).includes(name) ? 1n << BigInt(i + shift) : 0n),
    0n,
  );
const named = (names: readonly string[], flags = 0n, shift: number) =>
  names.filter((_, i) => (flags >> BigInt(i + shift)) & 1n);
const long = (value: unknown) => (value ?? 0n) as bigint;
const text = (value: unknown) => (value ?? "") as string;
/** What is 0 or empty is not there. */
const some = (fields: Fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

const address = {
  row: (value: unknown) =>
    typeof value === "bigint"
      ? { a: value }
      : {
          a: BigInt.asUintN(64, (value as { offset: bigint }).offset),
          base: (value as { base: string }).base,
        },
  fields: ({ a = 0n, base }: NaiveRow) => (base ? { base, offset: BigInt.asIntN(64, a) } : a),
};
const isWord = (id: string) => !/^[0-9]/.test(id);
const idFlag = (id: string) => (id.startsWith("0x") ? 1n : 0n);
const idOf = (value = 0n, isAddress: bigint, word?: string) =>
  word || (isAddress ? `0x${value.toString(16)}` : String(value));
const firstId = (id: unknown) =>
  isWord(id as string) ? { base: id as string } : { a: BigInt(id as string), flags: idFlag(id as string) };
const idField = ({ a, flags = 0n, base }: NaiveRow) => idOf(a, flags & 1n, base);

const only = (row: NaiveEvent["row"], fields: NaiveEvent["fields"]): NaiveEvent => ({ row, fields });
const ERRNO: Record<string, bigint> = Object.fromEntries(
  Object.entries(ERRNOS).map(([name, number]) => [name, BigInt(number)]),
);
/** With what the call answered in the highest twelve bits of its flags: 1 for ok, an errno + 1. */
const answered = ({ row, fields }: NaiveEvent): NaiveEvent => ({
  row: (e) => {
    const answer = e["answer"] as string | undefined;
    const number = answer === undefined ? 0n : answer === "ok" ? 1n : (ERRNO[answer] ?? 0n) + 1n;
    const its = row(e);
    return { ...its, flags: (its.flags ?? 0n) + number * 2n ** 20n };
  },
  fields: (r) => {
    const number = (r.flags ?? 0n) / 2n ** 20n;
    const name = Object.keys(ERRNO).find((each) => ERRNO[each] === number - 1n);
    const flags = (r.flags ?? 0n) % 2n ** 20n;
    return { ...fields({ ...r, flags }), ...some({ answer: number === 1n ? "ok" : name }) };
  },
});
const child = answered(
  only(
    ({ child }) => ({ a: long(child) }),
    ({ a = 0n }) => ({ child: a }),
  ),
);
const nothing = only(
  () => ({}),
  () => ({}),
);
const modeFlags = ({ readOnly, writeOnly }: Fields) => (readOnly ? 1n : 0n) + (writeOnly ? 2n : 0n);
const modeFields = (flags = 0n) => ({
  readOnly: (flags & 1n) === 1n,
  ...some({ writeOnly: (flags & 2n) === 2n }),
});
const file = only(
  (e) => ({ name: text(e["name"]), a: long(e["size"]), flags: modeFlags(e), text: text(e["contents"]) }),
  (r) => ({ name: text(r.name), size: long(r.a), ...modeFields(r.flags), ...some({ contents: r.text }) }),
);
const range = only(
  (e) => ({ ...address.row(e["address"]), b: long(e["length"]) }),
  (r) => ({ address: address.fields(r), length: long(r.b) }),
);
const LIMITS = ["as", "data", "stack", "memlock", "maps"];
const OVERCOMMIT = ["heuristic", "always", "never"];

/** In the order of their numbers. */
export const NAIVE_EVENTS: readonly (readonly [TraceEvent["event"], NaiveEvent])[] = [
  [
    "access",
    only(
      (e) => ({
        flags: BigInt(KIND_NAMES.indexOf(e["kind"] as Kind)),
        ...address.row(e["address"]),
        b: long(e["size"]),
        text: text(e["bytes"]),
      }),
      (r) => ({
        kind: KIND_NAMES[Number(r.flags ?? 0n)],
        address: address.fields(r),
        size: long(r.b),
        ...some({ bytes: r.text }),
      }),
    ),
  ],
  [
    "mmap",
    answered(
      only(
        (e) => ({
          ...address.row(e["address"]),
          b: long(e["length"]),
          c: long(e["offset"]),
          flags: bits(PROTECTION, e["protection"], 0) + bits(FLAGS, e["flags"], 8),
          name: text(e["file"]),
          text: text(e["name"]),
        }),
        (r) => ({
          address: address.fields(r),
          length: long(r.b),
          protection: named(PROTECTION, r.flags, 0),
          flags: named(FLAGS, r.flags, 8),
          ...some({ file: r.name, offset: r.c, name: r.text }),
        }),
      ),
    ),
  ],
  [
    "munmap",
    answered(
      only(
        (e) => ({ ...address.row(e["address"]), b: long(e["length"]) }),
        (r) => ({ address: address.fields(r), length: long(r.b) }),
      ),
    ),
  ],
  [
    "mprotect",
    answered(
      only(
        (e) => ({
          ...address.row(e["address"]),
          b: long(e["length"]),
          flags: bits(PROTECTION, e["protection"], 0),
        }),
        (r) => ({ address: address.fields(r), length: long(r.b), protection: named(PROTECTION, r.flags, 0) }),
      ),
    ),
  ],
  [
    "mremap",
    answered(
      only(
        (e) => ({
          ...address.row(e["address"]),
          b: long(e["oldLength"]),
          c: long(e["newLength"]),
          flags: e["mayMove"] ? 1n : 0n,
          d: long(e["to"]),
          text: text(e["name"]),
        }),
        (r) => ({
          address: address.fields(r),
          oldLength: long(r.b),
          newLength: long(r.c),
          mayMove: r.flags === 1n,
          ...some({ to: r.d, name: r.text }),
        }),
      ),
    ),
  ],
  [
    "madvise",
    answered(
      only(
        (e) => ({ ...address.row(e["address"]), b: long(e["length"]), name: text(e["advice"]) }),
        (r) => ({ address: address.fields(r), length: long(r.b), advice: text(r.name) }),
      ),
    ),
  ],
  [
    "brk",
    answered(
      only(
        (e) => ({ ...address.row(e["address"]), text: text(e["name"]) }),
        (r) => ({ address: address.fields(r), ...some({ name: r.text }) }),
      ),
    ),
  ],
  ["fork", child],
  ["vfork", child],
  ["clone", child],
  [
    "exec",
    answered(
      only(
        ({ file }) => ({ name: text(file) }),
        ({ name }) => ({ file: text(name) }),
      ),
    ),
  ],
  ["exit", nothing],
  [
    "switch",
    only(
      ({ process, thread }) => ({ a: long(process), b: long(thread) }),
      ({ a = 0n, b }) => ({ process: a, ...some({ thread: b }) }),
    ),
  ],
  ["file", file],
  [
    "truncate",
    only(
      ({ name, size }) => ({ name: text(name), a: long(size) }),
      ({ name, a = 0n }) => ({ name: text(name), size: a }),
    ),
  ],
  [
    "frames",
    only(
      ({ frames }) => ({ a: long(frames) }),
      ({ a = 0n }) => ({ frames: a }),
    ),
  ],
  ["user", nothing],
  ["kernel", nothing],
  [
    "malloc",
    only(
      (e) => ({ ...firstId(e["id"]), b: long(e["size"]), c: long(e["alignment"]) }),
      (r) => ({ id: idField(r), size: long(r.b), ...some({ alignment: r.c }) }),
    ),
  ],
  [
    "calloc",
    only(
      (e) => ({ ...firstId(e["id"]), b: long(e["count"]), c: long(e["size"]) }),
      (r) => ({ id: idField(r), count: long(r.b), size: long(r.c) }),
    ),
  ],
  [
    "realloc",
    only(
      (e) => {
        const newId = e["newId"] as string;
        const first: Omit<NaiveRow, "kind"> = firstId(e["id"]);
        const second = isWord(newId) ? { text: newId } : { b: BigInt(newId) };
        const flags = (first.flags ?? 0n) + (isWord(newId) ? 0n : 2n * idFlag(newId));
        return { ...first, ...second, flags, c: long(e["size"]) };
      },
      (r) => ({ id: idField(r), newId: idOf(r.b, (r.flags ?? 0n) & 2n, r.text), size: long(r.c) }),
    ),
  ],
  [
    "free",
    only(
      ({ id, offset }) => ({ ...firstId(id), b: BigInt.asUintN(64, long(offset)) }),
      (r) => ({ id: idField(r), ...some({ offset: BigInt.asIntN(64, long(r.b)) }) }),
    ),
  ],
  [
    "frame push",
    only(
      ({ size, name }) => ({ a: long(size), name: text(name) }),
      ({ a = 0n, name }) => ({ size: a, name: text(name) }),
    ),
  ],
  ["frame pop", nothing],
  [
    "root",
    only(
      (e) => address.row(e["address"]),
      (r) => ({ address: address.fields(r) }),
    ),
  ],
  [
    "expect",
    only(
      (e) => ({ ...address.row(e["address"]), text: text(e["bytes"]) }),
      (r) => ({ address: address.fields(r), bytes: text(r.text) }),
    ),
  ],
  [
    "expect-fault",
    only(
      (e) => ({
        name: text(e["kind"]),
        ...address.row(e["address"]),
        flags: BigInt(ACCESS.indexOf(e["access"] as string | undefined)),
      }),
      (r) => ({
        kind: text(r.name),
        address: address.fields(r),
        ...some({ access: ACCESS[Number(r.flags ?? 0n)] }),
      }),
    ),
  ],
  [
    "expect-errno",
    only(
      ({ errno }) => ({ name: text(errno) }),
      ({ name }) => ({ errno: text(name) }),
    ),
  ],
  [
    "region",
    only(
      (e) => ({
        ...address.row(e["address"]),
        b: long(e["length"]),
        c: long(e["offset"]),
        flags: bits(PROTECTION, e["protection"], 0),
        name: text(e["name"]),
      }),
      (r) => ({
        address: address.fields(r),
        length: long(r.b),
        protection: named(PROTECTION, r.flags, 0),
        name: text(r.name),
        ...some({ offset: r.c }),
      }),
    ),
  ],
  [
    "pagesize",
    only(
      (e) => ({
        ...address.row(e["address"]),
        b: long(e["length"]),
        flags: BigInt(SIZES.indexOf(e["size"] as string)),
      }),
      (r) => ({ address: address.fields(r), length: long(r.b), size: SIZES[Number(r.flags ?? 0n)] }),
    ),
  ],
  ["mlock", range],
  ["munlock", range],
  [
    "limit",
    only(
      (e) => ({ flags: BigInt(LIMITS.indexOf(e["resource"] as string)), a: long(e["value"]) }),
      (r) => ({ resource: LIMITS[Number(r.flags ?? 0n)], value: long(r.a) }),
    ),
  ],
  [
    "overcommit",
    only(
      (e) => ({ flags: BigInt(OVERCOMMIT.indexOf(e["mode"] as string)), a: long(e["ratio"]) }),
      (r) => ({ mode: OVERCOMMIT[Number(r.flags ?? 0n)], ...some({ ratio: r.a }) }),
    ),
  ],
  [
    "sbrk",
    only(
      (e) => ({ a: BigInt.asUintN(64, long(e["increment"])), text: text(e["name"]) }),
      (r) => ({ increment: BigInt.asIntN(64, long(r.a)), ...some({ name: r.text }) }),
    ),
  ],
  [
    "open",
    only(
      (e) => ({ name: text(e["name"]), flags: modeFlags(e) }),
      (r) => ({ name: text(r.name), ...modeFields(r.flags) }),
    ),
  ],
  [
    "close",
    only(
      ({ name }) => ({ name: text(name) }),
      ({ name }) => ({ name: text(name) }),
    ),
  ],
  [
    "segment",
    only(
      (e) => ({
        ...address.row(e["address"]),
        b: long(e["length"]),
        c: long(e["offset"]),
        d: long(e["entry"]),
        flags: bits(PROTECTION, e["protection"], 0),
        name: text(e["program"]),
        text: text(e["file"]),
      }),
      (r) => ({
        program: text(r.name),
        address: address.fields(r),
        length: long(r.b),
        protection: named(PROTECTION, r.flags, 0),
        ...some({ file: r.text, offset: r.c, entry: r.d }),
      }),
    ),
  ],
  ["allocator enter", nothing],
  ["allocator leave", nothing],
  [
    "allocator unmap",
    only(
      (e) => ({ ...address.row(e["address"]), b: long(e["length"]) }),
      (r) => ({ address: address.fields(r), length: long(r.b) }),
    ),
  ],
];

export function rowOf(event: TraceEvent): NaiveRow {
  const kind = NAIVE_EVENTS.findIndex(([name]) => name === event.event);
  const naive = NAIVE_EVENTS[kind]?.[1] as NaiveEvent;
  const { at } = event;
  const place = at ? { file: at.file, line: BigInt(at.line) } : {};
  return { kind, ...naive.row(event as unknown as Fields), ...place };
}

export function eventOfRow(row: NaiveRow): TraceEvent {
  const [event, naive] = NAIVE_EVENTS[row.kind] as (typeof NAIVE_EVENTS)[number];
  const at = row.file ? { at: { file: row.file, line: Number(row.line ?? 0n) } } : {};
  return { event, ...naive.fields(row), ...at } as TraceEvent;
}
