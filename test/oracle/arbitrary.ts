// Random traces, for fast-check: records for any machine, and histories of records and events that suit one.

import fc from "fast-check";
import type { Config } from "../../src/config/model.js";
import { anchorsOf } from "./arbitraryconfig.js";
import type { OracleEvent, OracleRecord } from "./machine.js";
import { cutBits, type Shape, type Size, shapeOf, uncut } from "./shapes.js";

export { machines } from "./arbitraryconfig.js";

const TOP = 1n << 64n;

const kind = fc.constantFrom("instruction" as const, "load" as const, "store" as const, "modify" as const);

/** Bytes of a record: few, or of several pages of 2^bits bytes. */
function bytes(bits: number): fc.Arbitrary<number> {
  const pages = (most: number) => Math.min(most * 2 ** bits, 20_000);
  return fc.oneof(
    { weight: 40, arbitrary: fc.integer({ min: 0, max: 16 }) },
    { weight: 3, arbitrary: fc.integer({ min: 17, max: pages(2) }) },
    { weight: 1, arbitrary: fc.constant(pages(16)) },
  );
}

/** How far into a page of 2^bits bytes: at its beginning, or at its end. */
function offset(bits: number): fc.Arbitrary<bigint> {
  const page = 1n << BigInt(bits);
  return fc.oneof(
    { weight: 6, arbitrary: fc.bigInt({ min: 0n, max: page < 64n ? page - 1n : 63n }) },
    { weight: 3, arbitrary: fc.bigInt({ min: page - (page < 16n ? page : 16n), max: page - 1n }) },
  );
}

/** Addresses that no space of signed addresses holds. */
const STRAY = [0x8000_0000_0000n, 0xffff_7fff_ffff_f000n, 0x1234_5678_9abc_d000n, 1n << 57n, TOP >> 1n];

/** Places that make pages collide, cross, and leave the address space. */
function addresses(shape: Shape, more: readonly bigint[]): fc.Arbitrary<bigint> {
  const steps = [...shape.sizes.map(({ bits }) => bits), ...shape.levels.map(({ shift }) => shift)];
  const first = shape.sizes[0]?.bits ?? 12n;
  const near = fc
    .record({
      anchor: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(0n, ...more) },
        { weight: 1, arbitrary: fc.constantFrom(...anchorsOf(shape)) },
      ),
      step: fc.oneof(
        { weight: 4, arbitrary: fc.constant(first) },
        { weight: 2, arbitrary: fc.constantFrom(...steps) },
      ),
      count: fc.oneof(
        { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: 6n }) },
        { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: 40n }) },
        { weight: 1, arbitrary: fc.bigInt({ min: -4n, max: -1n }) },
      ),
      offset: offset(shape.pageBits),
    })
    .map(({ anchor, step, count, offset }) => {
      const at = anchor + (count << step) + offset;
      return uncut(shape, BigInt.asUintN(Number(cutBits(shape)), at));
    });
  const stray = fc.record({ from: fc.constantFrom(...STRAY), offset: offset(shape.pageBits) });
  return fc.oneof(
    { weight: 40, arbitrary: near },
    { weight: 1, arbitrary: stray.map(({ from, offset }) => from + offset) },
  );
}

/** A list in which what a pool holds comes back, in a random order. */
function recurring<T>(pool: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> {
  return fc
    .array(pool, { minLength: 1, maxLength: 60, size: "medium" })
    .chain((pool) =>
      fc
        .array(fc.nat({ max: pool.length - 1 }), { minLength: 1, maxLength: most, size: "max" })
        .map((order) => order.map((at) => pool[at] as T)),
    );
}

const records = (shape: Shape, more: readonly bigint[]): fc.Arbitrary<OracleRecord> =>
  fc.record({ va: addresses(shape, more), size: bytes(shape.pageBits), kind });

/** A trace of addresses of x86-64, in which pages come back. */
export const traces: fc.Arbitrary<OracleRecord[]> = recurring(
  records(shapeOf({ format: "x86-64" }), []),
  600,
);

/** Sizes that pages may change to, so that no page becomes more than some thousands. */
function resizable(config: Config, shape: Shape): Size[] {
  const inUse = [config.pageSize, ...config.regions.map(({ pageSize }) => pageSize)];
  const bits = shape.sizes.filter(({ name }) => inUse.includes(name)).map((size) => size.bits);
  const least = (bits.at(-1) ?? 0n) - 11n;
  const [first] = shape.sizes.filter((size) => size.bits >= least);
  const most = config.nested ? 30n : 63n;
  return shape.sizes.filter(
    ({ bits }) => first && bits >= first.bits && bits <= first.bits + 11n && bits <= most,
  );
}

/** Pages of a size, from the one that holds an address on. */
function pagesize(sizes: readonly Size[], at: fc.Arbitrary<bigint>): fc.Arbitrary<OracleEvent> {
  return fc
    .record({ at, size: fc.constantFrom(...sizes), pages: fc.bigInt({ min: 1n, max: 4n }) })
    .map(({ at, size, pages }) => {
      const length = pages << size.bits;
      const address = (at >> size.bits) << size.bits;
      const last = TOP - length;
      return { event: "pagesize", address: address < last ? address : last, length, size: size.name };
    });
}

function events(config: Config, shape: Shape, at: fc.Arbitrary<bigint>): fc.Arbitrary<OracleEvent> {
  const process = fc.integer({ min: 1, max: 6 });
  const thread = fc.constantFrom(0, 0, 0, 1, 2);
  const sizes = resizable(config, shape);
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ event: fc.constant("switch" as const), process, thread }) },
    {
      weight: 1,
      arbitrary: fc.record({ event: fc.constant("clone" as const), child: process }),
    },
    { weight: 2, arbitrary: fc.constantFrom({ event: "user" as const }, { event: "kernel" as const }) },
    {
      weight: sizes.length > 0 ? 3 : 0,
      arbitrary: pagesize(sizes.length > 0 ? sizes : shape.sizes, at),
    },
  );
}

/** Without the births of processes that have run. */
function born(items: readonly (OracleRecord | OracleEvent)[]): (OracleRecord | OracleEvent)[] {
  const seen = new Set([1]);
  return items.filter((item) => {
    if (!("event" in item)) return true;
    if (item.event === "switch") seen.add(item.process);
    if (item.event !== "clone") return true;
    const isNew = !seen.has(item.child);
    seen.add(item.child);
    return isNew;
  });
}

/** Records and events for a machine: pages come back, in several processes; half of them have no event. */
export function histories(config: Config): fc.Arbitrary<(OracleRecord | OracleEvent)[]> {
  const shape = shapeOf(config.pageTable);
  const anchors = config.regions.flatMap(({ from, to }) => [BigInt(from), BigInt(to)]);
  const one = records(shape, anchors);
  const item = fc.oneof(
    { weight: 6, arbitrary: one },
    { weight: 1, arbitrary: events(config, shape, addresses(shape, anchors)) },
  );
  return fc.oneof(recurring<OracleRecord | OracleEvent>(one, 400), recurring(item, 400).map(born));
}

const PREFIX = { instruction: "I  ", load: " L ", store: " S ", modify: " M " } as const;

/** The trace as lackey writes it. */
export function lackeyText(records: readonly OracleRecord[]): Uint8Array {
  const lines = records.map(
    ({ va, size, kind }) => `${PREFIX[kind]}${va.toString(16).padStart(8, "0")},${size}\n`,
  );
  return new TextEncoder().encode(lines.join(""));
}

/** The history as a scenario. */
export function scenarioText(items: readonly (OracleRecord | OracleEvent)[]): Uint8Array {
  return new TextEncoder().encode(items.map((item) => `${scenarioLine(item)}\n`).join(""));
}

function scenarioLine(item: OracleRecord | OracleEvent): string {
  if (!("event" in item)) {
    const { va, size, kind } = item;
    return `${PREFIX[kind].trim()} 0x${va.toString(16)},${Math.max(size, 1)}`;
  }
  switch (item.event) {
    case "switch":
      return `switch ${item.process} ${item.thread ?? ""}`;
    case "clone":
      return `${item.event} ${item.child}`;
    case "pagesize":
      return `pagesize 0x${item.address.toString(16)} ${item.length} ${item.size}`;
    default:
      return item.event;
  }
}
