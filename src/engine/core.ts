import { instantiateSync } from "@assemblyscript/loader";
import type { instantiate as instantiateRaw } from "../../build/release.js";
import { PagewalkError } from "../errors.js";
import { type Hooks, importsOf, noHooks } from "./heap/hooks.js";
import { compileCore } from "./wasm.js";

/** What the compiler says that the core exports. @internal */
type Exports = Awaited<ReturnType<typeof instantiateRaw>>;
/**
 * A compiled core, a `WebAssembly.Module`, to be shared between machines. (It is not named so in types, for only
 * those of browsers have that name.)
 */
export type CompiledCore = object;

const WASM_PAGE = 65536;

type Values<E> = { readonly [K in keyof E]: number };

/** The core's enums, read from its exports: slot and status numbers stand nowhere else. @internal */
export interface Enums {
  readonly Access: Values<Exports["Access"]>;
  readonly Batch: Values<Exports["Batch"]>;
  readonly CacheCount: Values<Exports["CacheCount"]>;
  readonly Counter: Values<Exports["Counter"]>;
  readonly DrmemCount: Values<Exports["DrmemCount"]>;
  readonly DrmemFault: Values<Exports["DrmemFault"]>;
  readonly DrmemFiles: Values<Exports["DrmemFiles"]>;
  readonly DrmemStop: Values<Exports["DrmemStop"]>;
  readonly EventKind: Values<Exports["EventKind"]>;
  readonly EventRow: Values<Exports["EventRow"]>;
  readonly Family: Values<Exports["Family"]>;
  readonly Fault: Values<Exports["Fault"]>;
  readonly FaultList: Values<Exports["FaultList"]>;
  readonly Mapped: Values<Exports["Mapped"]>;
  readonly Flag: Values<Exports["Flag"]>;
  readonly CollectCount: Values<Exports["CollectCount"]>;
  readonly CollectParam: Values<Exports["CollectParam"]>;
  readonly HeapCoalescing: Values<Exports["HeapCoalescing"]>;
  readonly HeapExtend: Values<Exports["HeapExtend"]>;
  readonly HeapFault: Values<Exports["HeapFault"]>;
  readonly HeapFit: Values<Exports["HeapFit"]>;
  readonly HeapFooters: Values<Exports["HeapFooters"]>;
  readonly HeapOp: Values<Exports["HeapOp"]>;
  readonly HeapOrganisation: Values<Exports["HeapOrganisation"]>;
  readonly HeapParam: Values<Exports["HeapParam"]>;
  readonly HeapRealloc: Values<Exports["HeapRealloc"]>;
  readonly HeapRow: Values<Exports["HeapRow"]>;
  readonly HeapStat: Values<Exports["HeapStat"]>;
  readonly Index: Values<Exports["Index"]>;
  readonly Kind: Values<Exports["Kind"]>;
  readonly Life: Values<Exports["Life"]>;
  readonly Log: Values<Exports["Log"]>;
  readonly Native: Values<Exports["Native"]>;
  readonly Policy: Values<Exports["Policy"]>;
  readonly File: Values<Exports["File"]>;
  readonly Whereabouts: Values<Exports["Whereabouts"]>;
  readonly PagePlace: Values<Exports["PagePlace"]>;
  readonly PageState: Values<Exports["PageState"]>;
  readonly PoolCount: Values<Exports["PoolCount"]>;
  readonly Prefetch: Values<Exports["Prefetch"]>;
  readonly Replacement: Values<Exports["Replacement"]>;
  readonly Process: Values<Exports["Process"]>;
  readonly Region: Values<Exports["Region"]>;
  readonly Result: Values<Exports["Result"]>;
  readonly Role: Values<Exports["Role"]>;
  readonly Runs: Values<Exports["Runs"]>;
  readonly Sampling: Values<Exports["Sampling"]>;
  readonly Shortage: Values<Exports["Shortage"]>;
  readonly Status: Values<Exports["Status"]>;
  readonly Step: Values<Exports["Step"]>;
  readonly Survey: Values<Exports["Survey"]>;
  readonly TableKind: Values<Exports["TableKind"]>;
  readonly TallyWord: Values<Exports["TallyWord"]>;
  readonly TextFault: Values<Exports["TextFault"]>;
  readonly TextFormat: Values<Exports["TextFormat"]>;
  readonly TlbEntry: Values<Exports["TlbEntry"]>;
  readonly TlbCount: Values<Exports["TlbCount"]>;
  readonly Translation: Values<Exports["Translation"]>;
  readonly Advice: Values<Exports["Advice"]>;
  readonly Differences: Values<Exports["Differences"]>;
  readonly Errno: Values<Exports["Errno"]>;
  readonly Outcome: Values<Exports["Outcome"]>;
  readonly Unmapped: Values<Exports["Unmapped"]>;
  readonly VmaFlag: Values<Exports["VmaFlag"]>;
  readonly Watch: Values<Exports["Watch"]>;
  readonly WatchedFault: Values<Exports["WatchedFault"]>;
  readonly WindowWord: Values<Exports["WindowWord"]>;
  readonly WalkCacheCount: Values<Exports["WalkCacheCount"]>;
  readonly Arena: Values<Exports["Arena"]>;
  readonly BlockFlag: Values<Exports["BlockFlag"]>;
  readonly BlockWord: Values<Exports["BlockWord"]>;
  readonly ByteState: Values<Exports["ByteState"]>;
  readonly Callers: Values<Exports["Callers"]>;
  readonly FindingKind: Values<Exports["FindingKind"]>;
  readonly Findings: Values<Exports["Findings"]>;
  readonly Leak: Values<Exports["Leak"]>;
  readonly Where: Values<Exports["Where"]>;
  readonly Packed: Values<Exports["Packed"]>;
}

const ENUMS = [
  "Access",
  "Batch",
  "CacheCount",
  "Counter",
  "DrmemCount",
  "DrmemFault",
  "DrmemFiles",
  "DrmemStop",
  "EventKind",
  "EventRow",
  "Family",
  "Fault",
  "FaultList",
  "Mapped",
  "Flag",
  "CollectCount",
  "CollectParam",
  "HeapCoalescing",
  "HeapExtend",
  "HeapFault",
  "HeapFit",
  "HeapFooters",
  "HeapOp",
  "HeapOrganisation",
  "HeapParam",
  "HeapRealloc",
  "HeapRow",
  "HeapStat",
  "Index",
  "Kind",
  "Life",
  "Log",
  "Native",
  "Policy",
  "File",
  "Whereabouts",
  "PagePlace",
  "PageState",
  "PoolCount",
  "Prefetch",
  "Replacement",
  "Process",
  "Region",
  "Result",
  "Role",
  "Runs",
  "Sampling",
  "Shortage",
  "Status",
  "Step",
  "Survey",
  "TableKind",
  "TallyWord",
  "TextFault",
  "TextFormat",
  "TlbCount",
  "TlbEntry",
  "Translation",
  "Advice",
  "Differences",
  "Errno",
  "Outcome",
  "Unmapped",
  "VmaFlag",
  "Watch",
  "WatchedFault",
  "WalkCacheCount",
  "WindowWord",
  "Arena",
  "BlockFlag",
  "BlockWord",
  "ByteState",
  "Callers",
  "FindingKind",
  "Findings",
  "Leak",
  "Where",
  "Packed",
] as const satisfies (keyof Enums)[];

/** The core's functions and globals, as the compiler declares them. @internal */
export type CoreExports = Omit<Exports, keyof Enums>;

/**
 * @internal
 *
 * One instance of the core, and the only place that makes views over its linear memory. Growth detaches
 * views, so every view is asked for anew after a call that may have grown memory.
 */
export class Core {
  readonly exports: CoreExports;
  readonly enums: Enums;
  /** What it was made of, for further ones. */
  readonly module: CompiledCore;
  /** What it calls of its host. */
  readonly hooks: Hooks;
  /** A trace is being read into the columns. */
  busy = false;
  private readonly memory: WebAssembly.Memory;

  private constructor(instance: Record<string, unknown>, module: CompiledCore, hooks: Hooks) {
    this.module = module;
    this.hooks = hooks;
    this.exports = instance as unknown as CoreExports;
    this.memory = this.exports.memory;
    this.enums = readEnums(instance);
  }

  /** @throws PagewalkError `E_INTERNAL` if the core does not load */
  static async create(module?: CompiledCore): Promise<Core> {
    if (module !== undefined && !(module instanceof WebAssembly.Module)) {
      throw new PagewalkError("E_OPTION", "module: want a WebAssembly.Module, as compileCore gives");
    }
    const compiled = (module ?? (await compileCore())) as WebAssembly.Module;
    const core = Core.of(compiled);
    if (!core.exports.openBatch()) throw new PagewalkError("E_MEMORY", "no memory for a batch of records");
    return core;
  }

  /** A further one at once, which reads no traces: it has no columns. */
  static forHeap(module: CompiledCore): Core {
    return Core.of(module);
  }

  private static of(module: CompiledCore): Core {
    const hooks = noHooks();
    const { exports } = instantiateSync(module as WebAssembly.Module, importsOf(hooks));
    return new Core(exports, module, hooks);
  }

  /** Bytes of linear memory in use. */
  get bytesUsed(): number {
    return this.exports.arenaTop();
  }

  /** Makes linear memory at least so large. @throws PagewalkError `E_MEMORY` */
  reserve(bytes: number): void {
    const lacking = bytes - this.memory.buffer.byteLength;
    if (lacking <= 0) return;
    try {
      this.memory.grow(Math.ceil(lacking / WASM_PAGE));
    } catch {
      throw new PagewalkError("E_MEMORY", `no linear memory of ${bytes} bytes is to be had for a core`);
    }
  }

  u64(address: number, length: number): BigUint64Array {
    return new BigUint64Array(this.memory.buffer, address >>> 0, length);
  }

  u32(address: number, length: number): Uint32Array {
    return new Uint32Array(this.memory.buffer, address >>> 0, length);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address >>> 0, length);
  }

  /** Counter values, integers up to 2^53 as numbers: 28 years of counting at 10 M a second. */
  numbers(address: number, length: number): number[] {
    return Array.from(this.u64(address, length), Number);
  }

  /** The window that a decoder reads from. */
  window(): Uint8Array {
    return this.bytes(this.exports.windowStart.value, this.enums.Batch.Window);
  }

  results(): number[] {
    return this.numbers(this.exports.results.value, this.enums.Result.Length);
  }

  /** Events met so far, by the number of their kind. */
  eventCounts(): number[] {
    return this.numbers(this.exports.eventCounts.value, this.enums.EventKind.Length);
  }

  counters(): number[] {
    return this.numbers(this.exports.counters.value, this.enums.Counter.Length);
  }
}

function readEnums(instance: Record<string, unknown>): Enums {
  const read = (name: string): [string, Record<string, number>] => {
    const globals = instance[name] as Record<string, WebAssembly.Global>;
    return [
      name,
      Object.fromEntries(Object.entries(globals).map(([key, global]) => [key, Number(global.value)])),
    ];
  };
  return Object.fromEntries(ENUMS.map(read)) as unknown as Enums;
}
