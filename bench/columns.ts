import { type ConfigInput, Machine, openTrace } from "pagewalk";
import type { Core } from "../src/engine/core.js";
import { Cursor } from "./inside.js";

export const coreOf = (machine: Machine): Core => (machine as unknown as { core: Core }).core;

/** A core by itself. */
export async function coreFor(): Promise<Core> {
  return coreOf(await Machine.create({}));
}

/** A reading of a trace into a core, to be opened. */
export function cursorOver(core: Core, source: string | Uint8Array): InstanceType<typeof Cursor> {
  // The package's declarations and the sources' differ in private parts.
  return new Cursor(core, openTrace(source) as unknown as ConstructorParameters<typeof Cursor>[1]);
}

/** A whole trace in two flat columns. */
export interface Columns {
  path: string;
  addresses: BigUint64Array;
  infos: Uint32Array;
}

/** Reads a trace into memory, as the core's columns have it. */
export async function columnsOf(path: string): Promise<Columns> {
  const core = coreOf(await Machine.create());
  const cursor = cursorOver(core, path);
  await cursor.open();
  const parts: { addresses: BigUint64Array; infos: Uint32Array }[] = [];
  for (let slice = await cursor.next(); slice; slice = await cursor.next()) {
    parts.push({
      addresses: core.u64(core.exports.addresses.value, slice.to).slice(),
      infos: core.u32(core.exports.infos.value, slice.to).slice(),
    });
  }
  cursor.close();
  const records = parts.reduce((sum, part) => sum + part.infos.length, 0);
  const columns = { path, addresses: new BigUint64Array(records), infos: new Uint32Array(records) };
  let at = 0;
  for (const part of parts) {
    columns.addresses.set(part.addresses, at);
    columns.infos.set(part.infos, at);
    at += part.infos.length;
  }
  return columns;
}

/** A machine with a trace in its linear memory, to be replayed from there. */
export class LoadedMachine {
  readonly machine: Machine;
  private readonly addresses: number;
  private readonly infos: number;
  private readonly records: number;

  private constructor(machine: Machine, columns: Columns) {
    const core = coreOf(machine);
    const { exports } = core;
    this.machine = machine;
    this.records = columns.infos.length;
    this.addresses = exports.allocate(BigInt(this.records * 8), 64n);
    this.infos = exports.allocate(BigInt(this.records * 4), 64n);
    core.u64(this.addresses, this.records).set(columns.addresses);
    core.u32(this.infos, this.records).set(columns.infos);
  }

  static async create(columns: Columns, config?: ConfigInput): Promise<LoadedMachine> {
    return new LoadedMachine(await Machine.create(config), columns);
  }

  /** Replays the whole trace, a batch a call. */
  replay(): void {
    const { exports, enums } = coreOf(this.machine);
    const batch = enums.Batch.Capacity;
    for (let from = 0; from < this.records; from += batch) {
      const records = Math.min(batch, this.records - from);
      const status = exports.replay(this.addresses + 8 * from, this.infos + 4 * from, records, 1n, false);
      if (status !== enums.Status.Ok) throw new Error(`replay: status ${status}`);
    }
  }
}
