// Random accesses and events, for what writes and reads them.

import fc from "fast-check";
import { KINDS } from "../../src/config/model.js";
import { sizeName } from "../../src/config/sizes.js";
import {
  ERRNOS,
  LIMITS,
  MAP_FLAGS,
  OVERCOMMIT,
  PROTECTIONS,
  type TraceEvent,
} from "../../src/trace/events.js";
import { pointerText } from "../../src/trace/pointers.js";
import type { Entry, PlainAccess } from "../roundtrip.js";

const LAST = (1n << 64n) - 1n;

const long = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.bigInt({ min: 0n, max: LAST }),
  fc.constantFrom(0n, 1n, (1n << 32n) - 1n, 1n << 32n, 1n << 53n, (1n << 63n) - 1n, 1n << 63n, LAST),
);
/** Some near one another, as in a program, and some anywhere. */
const place = fc.oneof(
  { weight: 3, arbitrary: fc.bigInt({ min: 0x400000n, max: 0x402000n }) },
  { weight: 2, arbitrary: fc.bigInt({ min: 0x7ffffff00000n, max: 0x7ffffff40000n }) },
  { weight: 1, arbitrary: long },
);
const size = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(1, 2, 4, 8, 16, 64) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 1 << 20 }) },
  { weight: 1, arbitrary: fc.constant(1 << 20) },
);

export const plainAccess: fc.Arbitrary<PlainAccess> = fc.record({
  kind: fc.constantFrom(...KINDS),
  address: place,
  size,
});

/** Names as files have them, and with every odd character that text may trip over. */
const name = fc.oneof(
  fc.constantFrom("a.c", "/usr/lib/libc.so.6", "list", "main"),
  fc.constantFrom(
    '"',
    "a b",
    "#",
    "@1",
    "=00",
    "$a",
    "at",
    "as",
    "->",
    "entry",
    "to",
    "pop",
    "ro",
    "\\",
    "\u2028",
    "\r",
    "\ufeffx",
  ),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom(...'ab \t\n\r"\\#@$:=,\u0000\u0085\u2028\ufeff\u{1f600}'),
    minLength: 1,
  }),
);
const word = fc.stringMatching(/^[a-z_][a-z0-9_.]{0,6}$/);
const id = fc.oneof(
  fc.constantFrom("at", "as", "p", "L", "mmap"),
  word,
  fc.bigInt({ min: 0n, max: 10n ** 19n - 1n }).map(String),
  long.map((value) => `0x${value.toString(16)}`),
);
const variable = fc.stringMatching(/^\$[a-z_][a-z0-9_]{0,6}$/);
const offset = fc.oneof(
  fc.bigInt({ min: -64n, max: 64n }),
  fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
);
const address = fc.oneof(long, fc.record({ base: fc.oneof(variable, id), offset }));
const digits = fc
  .uint8Array({ minLength: 1, maxLength: 20 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));
const protection = fc.subarray([...PROTECTIONS]);
const flags = fc
  .subarray([...MAP_FLAGS])
  .map((names) => (names.includes("shared") ? names.filter((name) => name !== "neither") : names));
const readOnly = fc.constant({ readOnly: true });
const opened = fc.oneof(
  fc.constant({ readOnly: false }),
  readOnly,
  fc.constant({ readOnly: false, writeOnly: true }),
);
const few = { requiredKeys: [] };

const withBytes = fc
  .record({ kind: fc.constantFrom(...KINDS), address, bytes: digits })
  .map((fields) => ({ ...fields, size: BigInt(fields.bytes.length / 2) }));
/** Bytes that are an address. */
const withPointer = fc.record({
  kind: fc.constantFrom(...KINDS),
  address,
  size: size.map(BigInt),
  bytes: address.map(pointerText),
});
const withoutBytes = fc.record({
  kind: fc.constantFrom(...KINDS),
  address: fc.record({ base: fc.oneof(variable, id), offset }),
  size: size.map(BigInt),
});
const backing = fc.record({ file: name, offset: long.filter((value) => value > 0n) });
/** What is 0 counts as not given. */
const given = long.filter((value) => value > 0n);

const EVENTS: Record<TraceEvent["event"], fc.Arbitrary<object>> = {
  access: fc.oneof(withBytes, withPointer, withoutBytes),
  mmap: fc
    .tuple(
      fc.record({ address, length: long, protection, flags }),
      fc.option(backing, { nil: {} }),
      fc.record({ name: variable }, few),
    )
    .map((parts) => Object.assign({}, ...parts)),
  munmap: fc.record({ address, length: long }),
  mprotect: fc.record({ address, length: long, protection }),
  mremap: fc
    .tuple(
      fc.record({ address, oldLength: long, newLength: long, mayMove: fc.boolean() }),
      fc.record({ to: given, name: variable }, few),
    )
    .map((parts) => Object.assign({}, ...parts)),
  madvise: fc.record({ address, length: long, advice: name }),
  brk: fc.record({ address, name: variable }, { requiredKeys: ["address"] }),
  fork: fc.record({ child: long }),
  vfork: fc.record({ child: long }),
  clone: fc.record({ child: long }),
  exec: fc.record({ file: name }),
  exit: fc.constant({}),
  switch: fc.record({ process: long, thread: given }, { requiredKeys: ["process"] }),
  file: fc
    .tuple(fc.record({ name, size: long }), opened, fc.record({ contents: digits }, few))
    .map((parts) => Object.assign({}, ...parts)),
  truncate: fc.record({ name, size: long }),
  frames: fc.record({ frames: long }),
  user: fc.constant({}),
  kernel: fc.constant({}),
  malloc: fc.record({ id, size: long, alignment: given }, { requiredKeys: ["id", "size"] }),
  calloc: fc.record({ id, count: long, size: long }),
  realloc: fc.record({ id, newId: id, size: long }),
  free: fc.record(
    { id: fc.oneof(id, variable), offset: offset.filter((value) => value !== 0n) },
    { requiredKeys: ["id"] },
  ),
  "allocator enter": fc.constant({}),
  "allocator leave": fc.constant({}),
  "allocator unmap": fc.record({ address, length: long }),
  "frame push": fc.record({ size: long, name }),
  "frame pop": fc.constant({}),
  root: fc.record({ address }),
  expect: fc.record({ address, bytes: digits }),
  "expect-fault": fc.record(
    { kind: name, address, access: fc.constantFrom("load", "store", "fetch") },
    { requiredKeys: ["kind", "address"] },
  ),
  "expect-errno": fc.record({ errno: name }),
  region: fc.record(
    { address, length: long, protection, name, offset: given },
    { requiredKeys: ["address", "length", "protection", "name"] },
  ),
  pagesize: fc
    .tuple(
      fc.integer({ min: 0, max: 63 }),
      long,
      fc.option(fc.record({ base: fc.oneof(variable, id), offset })),
      long,
    )
    .map(([bits, first, based, last]) => {
      const pages = 1n << BigInt(64 - bits);
      const page = first % pages;
      const length = ((last % (pages - page)) + 1n) << BigInt(bits);
      const address = based ?? page << BigInt(bits);
      return { address, length: length % (1n << 64n) || 1n << BigInt(bits), size: sizeName(bits) };
    }),
  mlock: fc.record({ address, length: long }),
  munlock: fc.record({ address, length: long }),
  limit: fc.record({ resource: fc.constantFrom(...LIMITS), value: long }),
  overcommit: fc.record({ mode: fc.constantFrom(...OVERCOMMIT), ratio: given }, { requiredKeys: ["mode"] }),
  sbrk: fc.record(
    { increment: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), name: variable },
    { requiredKeys: ["increment"] },
  ),
  open: fc.tuple(fc.record({ name }), opened).map((parts) => Object.assign({}, ...parts)),
  close: fc.record({ name }),
  segment: fc
    .tuple(
      fc.record({ program: name, address, length: long, protection }),
      fc.option(backing, { nil: {} }),
      fc.record({ entry: given }, few),
    )
    .map((parts) => Object.assign({}, ...parts)),
};

/** Those of which a trace may say what they answered. */
const ANSWERED = ["mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "fork", "vfork", "clone", "exec"];
const answer = fc.record({ answer: fc.constantFrom("ok", ...Object.keys(ERRNOS)) }, few);

const at = fc.record({
  file: name,
  line: fc.oneof(fc.integer({ min: 0, max: 5000 }), fc.constantFrom(0, 2 ** 32 - 1)),
});

export const EVENT_NAMES = Object.keys(EVENTS) as TraceEvent["event"][];

export function eventOf(event: TraceEvent["event"]): fc.Arbitrary<TraceEvent> {
  return fc
    .tuple(EVENTS[event], ANSWERED.includes(event) ? answer : fc.constant({}), fc.record({ at }, few))
    .map((parts) => Object.assign({ event }, ...parts) as TraceEvent);
}

export const anyEvent: fc.Arbitrary<TraceEvent> = fc.oneof(...EVENT_NAMES.map(eventOf));

/** Any entry, of which most are plain accesses. */
export const entry: fc.Arbitrary<Entry> = fc.oneof(
  { weight: 4, arbitrary: plainAccess },
  { weight: 1, arbitrary: anyEvent },
);
