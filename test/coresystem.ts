// A core's operating system, driven command by command, as the naive machine is.

import type { ConfigInput } from "../src/config/model.js";
import { kindNumber } from "../src/engine/codes.js";
import { Columns } from "../src/engine/columns.js";
import type { Core } from "../src/engine/core.js";
import { Machine } from "../src/engine/machine.js";
import { EventCodec } from "../src/trace/eventcodec.js";
import { Strings } from "../src/trace/strings.js";
import type { Fault } from "./oracle/process/access.js";
import type { Command, Driver, Outcome, Stats } from "./oracle/process/command.js";

const ESRCH = 3n;
const ENOMEM = 12n;
const EFAULT = 14n;
const ENDS = ["segv", "protection", "bus"];

export class CoreSystem implements Driver {
  private readonly core: Core;
  private readonly columns: Columns;
  private readonly codec: EventCodec;
  private readonly strings = new Strings();

  private constructor(readonly machine: Machine) {
    this.core = machine.core;
    this.columns = new Columns(this.core);
    this.codec = new EventCodec(this.core);
  }

  static async create(config: ConfigInput, module?: object): Promise<CoreSystem> {
    const system = new CoreSystem(await Machine.create(config, module ? { module } : {}));
    system.core.exports.followLookups();
    system.replay([]);
    return system;
  }

  apply({ process, event }: Command): Outcome {
    const { exports } = this.core;
    this.replay([{ process, event: { event: "switch", process } }]);
    exports.watch(true);
    exports.forgetResult();
    const isAccess = event.event === "access";
    const bytes = this.replay([{ process, event }]);
    const faults = this.machine.expectations
      .faults()
      .map(({ kind, address, access }): Fault => ({ va: address, kind, access }));
    exports.watch(false);
    this.check();
    const last = faults.at(-1)?.kind ?? "";
    if (!isAccess) {
      const errno = exports.lastErrno.value;
      const answer = exports.lastResult.value;
      return {
        result: errno && (event.event !== "brk" || exports.gone.value) ? -BigInt(errno) : answer,
        faults,
      };
    }
    if (exports.gone.value) return { result: -ESRCH, faults };
    const result = last === "oom" ? -ENOMEM : ENDS.includes(last) ? -EFAULT : 0n;
    return { result, faults, ...(bytes === undefined ? {} : { bytes }) };
  }

  /** Where the core can tell: what always holds does. */
  private check(): void {
    const { broken } = this.core.exports as { broken?: () => number };
    const what = broken?.() ?? 0;
    if (what !== 0)
      throw new Error(`what always holds does not: Broken ${what} of assembly/testing/invariants.ts`);
  }

  stats(): Stats {
    const { faults, paging, processes = [], files = [], calls } = this.machine.stats();
    const { resident, pageIns, pageOuts, evictions, refaults, tables } = paging;
    return {
      faults,
      paging: { resident, pageIns, pageOuts, evictions, refaults, ...(tables ? { tables } : {}) },
      swapped: paging.swapUsed,
      outOfMemory: paging.outOfMemory,
      calls: { told: calls?.told ?? 0, differing: calls?.differing ?? 0 },
      // Linux merges mappings at some calls, the naive machine whenever it can.
      processes: processes.map(({ mappings: _, ...rest }) => rest),
      files: files.map(({ mappings: _, ...rest }) => rest),
    };
  }

  peek(process: bigint, address: bigint, size: number): string | undefined {
    this.replay([{ process, event: { event: "switch", process } }]);
    const there = this.machine.expectations.peek(address, size);
    return there.length < size ? undefined : Buffer.from(there).toString("hex");
  }

  /** Replays commands as one batch. Of an access that reads, what it read. */
  private replay(commands: readonly Command[]): string | undefined {
    this.columns.begin();
    for (const { event } of commands) {
      const kind = this.codec.kindOf(event.event) ?? 0;
      const row = this.columns.event(kind);
      this.codec.write(row, event, this.strings);
    }
    const { records } = this.columns;
    const [first] = commands;
    if (first?.event.event === "access" && (first.event.kind !== "store" || first.event.bytes))
      return this.access(first);
    const slice = { from: 0, to: records, record: 1n, selected: false, accesses: 0, rows: records };
    this.machine.replay({ ...slice, strings: this.strings, onDemand: false });
    return undefined;
  }

  private access({ event }: Command): string | undefined {
    if (event.event !== "access") return undefined;
    const { exports } = this.core;
    const { EventRow } = this.core.enums;
    const row = this.core.u32(exports.events.value, EventRow.Words);
    this.machine.names.bind(1, this.strings);
    const base = row[EventRow.Base] ?? 0;
    const offset = typeof event.address === "bigint" ? event.address : event.address.offset;
    if (base && !exports.isBound(base)) return undefined;
    const va = base ? BigInt.asUintN(64, exports.addressOfName(base) + offset) : offset;
    const { read } = this.machine.expectations.carry(
      va,
      kindNumber(this.core, event.kind),
      Number(event.size),
      Buffer.from(event.bytes ?? "", "hex"),
      1,
    );
    return event.kind === "store" ? undefined : Buffer.from(read).toString("hex");
  }
}
