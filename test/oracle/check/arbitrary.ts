// Random traces for the checker: of blocks, frames and mappings with names, and as a capture has them.

import fc from "fast-check";
import { type Address, MAP_FLAGS, type TraceEvent } from "../../../src/trace/events.js";
import { pointerText } from "../../../src/trace/pointers.js";

const IDS = ["p", "q", "r", "7"];
const FRAMES = ["f", "g"];
const id = fc.constantFrom(...IDS);
const kind = fc.constantFrom("load" as const, "store" as const, "store" as const, "modify" as const);
const size = fc.constantFrom(1n, 2n, 3n, 4n, 8n, 8n, 16n, 32n, 40n);
/** Of blocks: small ones, and some that go over pages. */
const blockSize = fc.oneof(
  { weight: 8, arbitrary: fc.bigInt(0n, 64n) },
  { weight: 1, arbitrary: fc.bigInt(4000n, 9000n) },
);
const offset = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(-8n, 8n).map((eighth) => eighth * 8n) },
  { weight: 6, arbitrary: fc.bigInt(-20n, 80n) },
  { weight: 1, arbitrary: fc.bigInt(4000n, 9000n) },
);
const at = fc.integer({ min: 1, max: 12 }).map((line) => ({ file: "a.c", line }));
const MAP = 0x10000n;
const page = fc.bigInt(0n, 3n).map((number) => MAP + number * 4096n);
/** Addresses in and around what may be mapped. */
const plain = fc.oneof(
  { weight: 4, arbitrary: fc.bigInt(MAP - 40n, MAP + 80n) },
  { weight: 2, arbitrary: fc.bigInt(MAP + 4096n - 40n, MAP + 4096n + 40n) },
  { weight: 1, arbitrary: fc.bigInt(0n, 5000n) },
);
const base = fc.constantFrom(...IDS, ...FRAMES.map((name) => `$${name}`));
const named: fc.Arbitrary<Address> = fc.record({ base, offset });
const address: fc.Arbitrary<Address> = fc.oneof(
  { weight: 5, arbitrary: named },
  { weight: 1, arbitrary: plain },
);
const pointer = fc.oneof(
  { weight: 4, arbitrary: fc.record({ base: id, offset: fc.constantFrom(0n, 0n, 8n, 16n) }) },
  { weight: 1, arbitrary: named },
  { weight: 1, arbitrary: plain },
);

const access = fc.record({ kind, address, size }).map((fields) => ({ event: "access" as const, ...fields }));
const withBytes = fc
  .record({
    kind: fc.constantFrom("load" as const, "store" as const),
    address,
    bytes: fc.uint8Array({ minLength: 1, maxLength: 9 }),
  })
  .map(({ kind, address, bytes }) => {
    const size = BigInt(bytes.length);
    return { event: "access" as const, kind, address, size, bytes: Buffer.from(bytes).toString("hex") };
  });
const withPointer = fc
  .record({
    address: fc.oneof(fc.record({ base, offset: fc.constantFrom(0n, 8n, 16n) }), plain),
    size: fc.constantFrom(8n, 8n, 8n, 8n, 4n, 16n),
    pointer,
  })
  .map(({ address, size, pointer }) => {
    return { event: "access" as const, kind: "store" as const, address, size, bytes: pointerText(pointer) };
  });

const heap = fc.oneof(
  { weight: 4, arbitrary: fc.record({ event: fc.constant("malloc" as const), id, size: blockSize }) },
  {
    weight: 1,
    arbitrary: fc.record({
      event: fc.constant("malloc" as const),
      id,
      size: blockSize,
      alignment: fc.constantFrom(8n, 64n, 4096n),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      event: fc.constant("calloc" as const),
      id,
      count: fc.bigInt(0n, 5n),
      size: fc.bigInt(0n, 30n),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ event: fc.constant("realloc" as const), id, newId: id, size: blockSize }),
  },
  { weight: 3, arbitrary: fc.record({ event: fc.constant("free" as const), id }) },
  {
    weight: 1,
    arbitrary: fc.record({
      event: fc.constant("free" as const),
      id: base,
      offset: fc.constantFrom(8n, 100n, -4n),
    }),
  },
);
const stack = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      event: fc.constant("frame push" as const),
      size: fc.oneof(fc.bigInt(0n, 64n), fc.constant(5000n)),
      name: fc.constantFrom(...FRAMES),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ event: "frame pop" as const }) },
);
const mapping = fc.oneof(
  fc.record({ address: page, length: fc.constantFrom(4096n, 8192n) }).map((range) => ({
    ...{ event: "mmap" as const, ...range, protection: ["read" as const, "write" as const] },
    flags: MAP_FLAGS.filter((flag) => flag === "anon" || flag === "fixed"),
  })),
  fc.record({ event: fc.constant("munmap" as const), address: page, length: fc.constantFrom(4096n, 8192n) }),
);
const processes = fc.oneof(
  { weight: 2, arbitrary: fc.constantFrom(1n, 2n).map((process) => ({ event: "switch" as const, process })) },
  { weight: 1, arbitrary: fc.constantFrom(2n, 3n).map((child) => ({ event: "fork" as const, child })) },
  { weight: 1, arbitrary: fc.constant({ event: "exit" as const }) },
);
const expected = fc
  .record({ address: named, bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }) })
  .map(({ address, bytes }) => ({
    event: "expect" as const,
    address,
    bytes: Buffer.from(bytes).toString("hex"),
  }));
const root = fc.record({
  event: fc.constant("root" as const),
  address: fc.record({ base: id, offset: fc.constantFrom(0n, 0n, 8n) }),
});

const placed = (events: fc.Arbitrary<object>) =>
  fc.tuple(events, fc.option(at, { nil: undefined })).map(([event, place]) => {
    return (place ? { ...event, at: place } : event) as TraceEvent;
  });

const namedEvents = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: placed(access) },
    { weight: 3, arbitrary: placed(withBytes) },
    { weight: 4, arbitrary: placed(withPointer) },
    { weight: 8, arbitrary: placed(heap) },
    { weight: 3, arbitrary: placed(stack) },
    { weight: 1, arbitrary: placed(mapping) },
    { weight: 1, arbitrary: placed(processes) },
    { weight: 1, arbitrary: placed(root) },
    { weight: 1, arbitrary: placed(expected) },
  ),
  { minLength: 1, maxLength: 60 },
);

/** A trace that names all that it has; from the first block on, what nothing maps is an error. */
export const namedTrace: fc.Arbitrary<TraceEvent[]> = namedEvents.map((events) => [
  { event: "malloc", id: "p", size: 24n },
  ...events,
]);

/** Addresses of a heap, the ends of its pages among them. */
const spot = fc.oneof(
  fc.bigInt(0n, 20n).map((unit) => 0x400000n + unit * 16n),
  fc.bigInt(-4n, 4n).map((unit) => 0x401000n + unit * 16n),
);
const captured = spot.map((start) => `0x${start.toString(16)}`);
const capturedSize = fc.oneof(
  { weight: 6, arbitrary: fc.bigInt(0n, 80n) },
  { weight: 1, arbitrary: fc.bigInt(4000n, 9000n) },
);
const near = fc.tuple(spot, fc.bigInt(-20n, 40n)).map(([start, distance]) => start + distance);
const capturedHeap = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ event: fc.constant("malloc" as const), id: captured, size: capturedSize }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      event: fc.constant("calloc" as const),
      id: captured,
      count: fc.bigInt(0n, 9n),
      size: fc.bigInt(0n, 9n),
    }),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({
        id: fc.oneof({ weight: 5, arbitrary: captured }, { weight: 1, arbitrary: fc.constant("0x0") }),
        other: fc.option(captured, { freq: 2 }),
        size: capturedSize.filter((each) => each > 0n),
      })
      .map(({ id, other, size }) => {
        // Half of them where the block is.
        const newId = other ?? (id === "0x0" ? "0x400000" : id);
        return { event: "realloc" as const, id, newId, size };
      }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ event: fc.constant("free" as const), id: fc.oneof(captured, fc.constant("0x0")) }),
  },
);
const capturedAccess = fc
  .record({
    kind: fc.oneof(kind, fc.constant("instruction" as const)),
    address: fc.oneof({ weight: 8, arbitrary: near }, { weight: 1, arbitrary: fc.bigInt(0n, 9000n) }),
    size,
  })
  .map((fields) => ({ event: "access" as const, ...fields }));

/** What the allocator does by itself; it is left soon. */
const allocator = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ event: "allocator enter" as const }) },
  { weight: 3, arbitrary: fc.constant({ event: "allocator leave" as const }) },
  {
    weight: 1,
    arbitrary: fc.record({
      event: fc.constant("allocator unmap" as const),
      address: fc.constantFrom(0x400000n, 0x401000n),
      length: fc.constantFrom(4096n, 8192n),
    }),
  },
);

/** A trace as a capture is: blocks at the addresses of a program, and most accesses without a place. */
export const capturedTrace: fc.Arbitrary<TraceEvent[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: capturedAccess as fc.Arbitrary<TraceEvent> },
    { weight: 2, arbitrary: placed(capturedAccess) },
    { weight: 4, arbitrary: placed(capturedHeap) },
    { weight: 2, arbitrary: allocator as fc.Arbitrary<TraceEvent> },
    {
      weight: 1,
      arbitrary: placed(fc.record({ event: fc.constant("fork" as const), child: fc.constant(2n) })),
    },
    {
      weight: 1,
      arbitrary: placed(fc.constantFrom(1n, 2n).map((process) => ({ event: "switch" as const, process }))),
    },
  ),
  { minLength: 1, maxLength: 80 },
);
