// Random commands for a machine of processes: few pages, little memory, so that everything meets everything.

import fc from "fast-check";
import { KINDS } from "../../../src/config/model.js";
import {
  type Address,
  LIMITS,
  type Limit,
  MAP_FLAGS,
  OVERCOMMIT,
  PROTECTIONS,
  type Protection,
  type TraceEvent,
  UNLIMITED,
} from "../../../src/trace/events.js";
import type { Command } from "./command.js";
import { LAYOUT } from "./process.js";
import type { SystemOptions } from "./system.js";

const PAGE = 4096n;
/** Pages from here on are where mappings are fixed, and most accesses go. */
export const WINDOW = 0x10000000n;
export const WINDOW_PAGES = 12;
export const PROCESSES = 6;
export const FILES = ["a", "b", "c"] as const;
export const PROGRAM = "prog";
/** A small stack, so that it grows. */
export const STACK = { stackSize: 4n * PAGE };

/** Without them one access or brk may make a stack or a heap of any size. */
const DATA_BOUND: TraceEvent = { event: "limit", resource: "data", value: 40n * PAGE };
const BOUNDS: TraceEvent[] = [{ event: "limit", resource: "stack", value: 12n * PAGE }, DATA_BOUND];

/** What may be left out, so that more is known of a run. */
export interface Without {
  /** Whatever depends upon how much memory there is: locks, MADV_FREE, overcommit, frames; bytes past a file's end. */
  pressure?: boolean;
}

export const systemOptions: fc.Arbitrary<SystemOptions> = fc.record({
  frames: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 3, max: 20 }) },
    { weight: 1, arbitrary: fc.constant(null) },
  ),
  swap: fc.oneof(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 12, max: 40 }), fc.constant(null)),
  policy: fc.constantFrom("lru", "fifo"),
  layout: fc.constant(STACK),
});

const windowPage = fc.integer({ min: 0, max: WINDOW_PAGES - 1 }).map((page) => WINDOW + BigInt(page) * PAGE);
const name = fc.constantFrom("$a", "$b");
/** The end of what the program maps there, and of a heap behind it. */
const HEAPS = [LAYOUT.heap, WINDOW + 8n * PAGE];
const heapEnd = fc
  .tuple(fc.constantFrom(...HEAPS), fc.bigInt({ min: 0n, max: 5n * PAGE }))
  .map(([from, bytes]) => from + bytes);
const near = fc.oneof(
  { weight: 30, arbitrary: windowPage },
  { weight: 2, arbitrary: fc.integer({ min: 0, max: 3 }).map((page) => LAYOUT.heap + BigInt(page) * PAGE) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 12 }).map((page) => LAYOUT.stackTop - BigInt(page) * PAGE),
  },
);
const page: fc.Arbitrary<Address> = fc.oneof(
  { weight: 16, arbitrary: near },
  {
    weight: 1,
    arbitrary: fc.record({ base: name, offset: fc.integer({ min: 0, max: 2 }).map((n) => BigInt(n) * PAGE) }),
  },
);
const odd = fc.constantFrom(0n, 1n, PAGE, LAYOUT.top, LAYOUT.top - PAGE, 1n << 47n, 1n << 63n, UNLIMITED);
const start: fc.Arbitrary<Address> = fc.oneof(
  { weight: 20, arbitrary: page },
  { weight: 1, arbitrary: near.map((at) => at + 8n) },
  { weight: 1, arbitrary: odd },
);
const length = fc.oneof(
  { weight: 16, arbitrary: fc.integer({ min: 1, max: 6 }).map((pages) => BigInt(pages) * PAGE) },
  { weight: 3, arbitrary: fc.bigInt({ min: 1n, max: 4n * PAGE }) },
  { weight: 1, arbitrary: fc.constantFrom(0n, LAYOUT.top, UNLIMITED) },
);
const protection = fc.oneof(
  { weight: 4, arbitrary: fc.constant(["read", "write"] as const) },
  { weight: 3, arbitrary: fc.subarray([...PROTECTIONS]) },
);
const optionalName = fc.option(name, { nil: undefined, freq: 2 });

/** Bytes from a page's beginning, or across its end. */
const place: fc.Arbitrary<{ offset: bigint; size: number }> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ offset: fc.constantFrom(0n, 8n, 904n), size: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      offset: fc.bigInt({ min: 4088n, max: 4095n }),
      size: fc.integer({ min: 1, max: 16 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      offset: fc.bigInt({ min: 0n, max: 4095n }),
      size: fc.constantFrom(64, 4096, 9000),
    }),
  },
);

function accessOf(): fc.Arbitrary<TraceEvent> {
  const kind = fc.constantFrom(...KINDS, "store" as const, "load" as const);
  const at = fc.oneof({ weight: 30, arbitrary: page }, { weight: 1, arbitrary: odd });
  return fc.tuple(kind, at, place, fc.nat(255)).map(([kind, at, { offset, size }, seed]) => {
    const address = typeof at === "bigint" ? at + offset : { ...at, offset: at.offset + offset };
    const isTop = typeof address === "bigint" && address + BigInt(size) > UNLIMITED;
    const length = isTop ? 1 : size;
    const stored = Array.from({ length }, (_, i) => (seed + i) & 255);
    const bytes = kind === "store" || kind === "modify" ? { bytes: Buffer.from(stored).toString("hex") } : {};
    const where = typeof address === "bigint" ? BigInt.asUintN(64, address) : address;
    return { event: "access", kind, address: where, size: BigInt(length), ...bytes };
  });
}

function mmapOf(without: Without): fc.Arbitrary<TraceEvent> {
  const rare = MAP_FLAGS.filter((flag) => !["anon", "shared", "fixed"].includes(flag)).filter(
    (flag) => !(without.pressure && flag === "locked"),
  );
  const flags = fc
    .tuple(
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
      fc.option(fc.constantFrom(...rare), { nil: undefined, freq: 3 }),
    )
    .map(([isAnon, isShared, isFixed, other]) =>
      MAP_FLAGS.filter(
        (flag) =>
          (flag === "anon" && isAnon) ||
          (flag === "shared" && isShared && other !== "neither") ||
          (flag === "fixed" && isFixed) ||
          flag === other,
      ),
    );
  const file = fc.oneof(
    { weight: 20, arbitrary: fc.constantFrom(...FILES) },
    { weight: 1, arbitrary: fc.constant("none") },
  );
  const offset = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 3 }).map((pages) => BigInt(pages) * PAGE) },
    { weight: 1, arbitrary: fc.constant(100n) },
  );
  return fc
    .record({ address: start, length, protection, flags, file, offset, name: optionalName })
    .map(({ file, offset, name, ...fields }) => {
      const isAnon = fields.flags.includes("anon");
      return {
        ...{ event: "mmap" as const, ...fields, protection: [...fields.protection] },
        ...(isAnon ? {} : { file, offset }),
        ...(name ? { name } : {}),
      };
    });
}

function adviceOf(without: Without): fc.Arbitrary<string> {
  const all =
    "dontneed dontneed dontneed free remove dontfork dofork wipeonfork keeponfork hugepage nohugepage normal cold populate_read populate_write nonsense";
  return fc.constantFrom(...all.split(" ").filter((advice) => !(without.pressure && advice === "free")));
}

function sizeOf(without: Without): fc.Arbitrary<bigint> {
  const bytes = fc.bigInt({ min: 0n, max: 5n * PAGE });
  return without.pressure ? bytes.map((size) => (size / PAGE) * PAGE) : bytes;
}

const opened = fc.constantFrom(
  { readOnly: false },
  { readOnly: false },
  { readOnly: true },
  { readOnly: false, writeOnly: true },
);
const file = fc.constantFrom(...FILES);
/** `normalise` says which. */
const child = fc.constant(0n);

function limitOf(resource: Limit): fc.Arbitrary<object> {
  const most = resource === "stack" || resource === "data" ? 24n * PAGE : UNLIMITED;
  return fc.record({
    resource: fc.constant(resource),
    value: fc.constantFrom(most, most, most, most, most, 0n, 20n, 16n * PAGE, 30n * PAGE + 1n),
  });
}

function eventsOf(without: Without): [weight: number, event: fc.Arbitrary<TraceEvent>][] {
  const event = <E extends TraceEvent["event"]>(name: E, fields: fc.Arbitrary<object>) =>
    fields.map((given) => ({ event: name, ...given }) as TraceEvent);
  const range = { address: start, length };
  const remap = fc.record({
    ...{ address: start, oldLength: length, newLength: length, mayMove: fc.boolean() },
    ...{ to: fc.option(windowPage, { nil: undefined, freq: 2 }), name: optionalName },
  });
  const pressing: [number, fc.Arbitrary<TraceEvent>][] = [
    [2, event("mlock", fc.record(range))],
    [3, event("munlock", fc.record(range))],
    [1, event("frames", fc.record({ frames: fc.bigInt({ min: 3n, max: 20n }) }))],
    [
      1,
      event(
        "overcommit",
        fc.record({
          mode: fc.constantFrom("always", "always", "always", ...OVERCOMMIT),
          ratio: fc.constantFrom(50n, 400n),
        }),
      ),
    ],
  ];
  return [
    [110, accessOf()],
    [24, mmapOf(without)],
    [3, event("munmap", fc.record(range))],
    [6, event("mprotect", fc.record({ ...range, protection: protection.map((names) => [...names]) }))],
    [4, event("mremap", remap.map(given))],
    [8, event("madvise", fc.record({ ...range, advice: adviceOf(without) }))],
    [2, event("brk", fc.record({ address: heapEnd }))],
    [3, event("sbrk", fc.record({ increment: fc.bigInt({ min: -3n * PAGE, max: 3n * PAGE }) }))],
    [5, event("fork", fc.record({ child }))],
    [1, event("vfork", fc.record({ child }))],
    [1, event("clone", fc.record({ child }))],
    [1, event("exec", fc.record({ file: fc.constantFrom(PROGRAM, PROGRAM, PROGRAM, PROGRAM, "other") }))],
    [1, event("exit", fc.constant({}))],
    [2, event("truncate", fc.record({ name: file, size: sizeOf(without) }))],
    [
      2,
      event(
        "open",
        fc.tuple(file, opened).map(([name, mode]) => ({ name, ...mode })),
      ),
    ],
    [1, event("close", fc.record({ name: file }))],
    [1, event("limit", fc.oneof(...LIMITS.map(limitOf)))],
    ...(without.pressure ? [] : pressing),
  ];
}

const ANSWERED = ["mmap", "munmap", "mprotect", "mremap", "madvise", "brk", "fork", "vfork", "clone", "exec"];
const answer = fc.option(fc.constantFrom("ok", "ok", "ok", "ENOMEM", "EINVAL"), { nil: undefined, freq: 1 });

/** Of half the calls that may say so, what they answered where the trace is from. */
function answering([weight, event]: [number, fc.Arbitrary<TraceEvent>]): [number, fc.Arbitrary<TraceEvent>] {
  const told = fc
    .tuple(event, answer)
    .map(([of, answer]) => (ANSWERED.includes(of.event) ? given({ ...of, answer }) : of) as TraceEvent);
  return [weight, told];
}

/** Without what is undefined. */
function given(fields: object): object {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/**
 * Who does what: processes that live, chosen by number, and children with numbers that are free. Where that would leave none, or
 * make one too many, nothing is done.
 */
function normalise(raw: { who: number; event: TraceEvent }[]): Command[] {
  const living = [1n];
  const commands: Command[] = [];
  for (const { who, event } of raw) {
    const process = living[who % living.length] as bigint;
    if (event.event === "exit") {
      if (living.length === 1) continue;
      living.splice(living.indexOf(process), 1);
    }
    if (event.event === "fork" || event.event === "vfork" || event.event === "clone") {
      const child = [1n, 2n, 3n, 4n, 5n, 6n].find((pid) => !living.includes(pid));
      if (child === undefined || living.length >= PROCESSES) continue;
      living.push(child);
      commands.push({ process, event: { ...event, child } });
      // Where the call fails, who acts as the child is a process that nothing bounds.
      commands.push({ process: child, event: DATA_BOUND });
      continue;
    }
    commands.push({ process, event });
  }
  return commands;
}

/** Files, a program and a few mappings, then `least` to `length` events; those that nobody is left to do, or that would make too many processes, are dropped. */
export function commandsOf(
  length: number,
  without: Without = {},
  least = Math.ceil(length / 2),
): fc.Arbitrary<Command[]> {
  const [heads, rest] = [filesOf(without), eventsOf(without).map(answering)];
  const one = fc.record({
    who: fc.nat(PROCESSES * 2),
    event: fc.oneof(...rest.map(([weight, arbitrary]) => ({ weight, arbitrary }))),
  });
  const many = fc.array(one, { minLength: least, maxLength: length, size: "max" });
  return fc
    .tuple(heads, many)
    .map(([head, raw]) => [
      ...[...BOUNDS, ...head].map((event) => ({ process: 1n, event })),
      ...normalise(raw),
    ]);
}

function filesOf(without: Without): fc.Arbitrary<TraceEvent[]> {
  const mode = fc.constantFrom<object>({ readOnly: false }, { readOnly: false }, { readOnly: true });
  const file = fc
    .tuple(sizeOf(without), mode, fc.uint8Array({ minLength: 1, maxLength: 40 }))
    .map(([size, mode, bytes]) => {
      const whole = Buffer.from(Array.from({ length: Number(size) }, (_, i) => bytes[i % bytes.length] ?? 0));
      return { size, ...mode, ...(size > 0n ? { contents: whole.toString("hex") } : {}) };
    });
  const segment = { event: "segment" as const, program: PROGRAM };
  const data: Protection[] = ["read", "write"];
  const mapping = { event: "mmap" as const, protection: data };
  const entry = fc.constantFrom({}, { entry: WINDOW + 16n }, { entry: WINDOW + 4n * PAGE });
  return fc.tuple(fc.tuple(...FILES.map(() => file)), entry).map(([files, begins]) => [
    ...files.map((fields, i) => ({ event: "file" as const, name: FILES[i], ...fields }) as TraceEvent),
    {
      ...segment,
      address: WINDOW,
      length: 3n * PAGE,
      protection: ["read", "execute"],
      file: "a",
      offset: 0n,
    },
    {
      ...segment,
      address: WINDOW + 3n * PAGE,
      length: 3n * PAGE,
      protection: data,
      file: "b",
      offset: PAGE,
      ...begins,
    },
    { ...segment, address: WINDOW + 6n * PAGE, length: 2n * PAGE, protection: data },
    { ...mapping, address: WINDOW, length: 4n * PAGE, flags: ["anon", "fixed"] },
    { ...mapping, address: WINDOW + 4n * PAGE, length: 3n * PAGE, flags: ["fixed"], file: "a", offset: 0n },
    { ...mapping, address: WINDOW + 7n * PAGE, length: 2n * PAGE, flags: ["shared", "anon", "fixed"] },
    {
      ...mapping,
      address: WINDOW + 9n * PAGE,
      length: 3n * PAGE,
      protection: ["read"],
      flags: ["shared", "fixed"],
      file: "c",
      offset: 0n,
    },
  ]);
}
