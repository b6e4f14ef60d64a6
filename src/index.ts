export { type CheckOptions, type CheckResult, check } from "./check/check.js";
export { CheckedHeap, type SourceLine } from "./check/checkedheap.js";
export type { Finding, FindingBlock } from "./check/findings.js";
export { FINDING_KINDS, type FindingKind } from "./check/kinds.js";
export type { Amount, LeakKind, LeakSite, LeakSums, Leaks, LiveBlock } from "./check/leaks.js";
export type { CheckConfig, LeakCheck, Unmapped } from "./check/options.js";
export type { Suppressed } from "./check/suppressions.js";
export type {
  Access,
  CacheConfig,
  Config,
  ConfigInput,
  Kind,
  NestedConfig,
  PageSize,
  PageTableConfig,
  Policy,
  PrefetchConfig,
  RegionConfig,
  StateConfig,
  TlbConfig,
  WalkCacheConfig,
} from "./config/model.js";
export { KINDS } from "./config/model.js";
export { presets } from "./config/presets/index.js";
export { resolveConfig } from "./config/resolve.js";
export { type ConvertOptions, type ConvertResult, convert } from "./convert/convert.js";
export { type Curve, type CurveOptions, type CurvePoint, type CurveResult, curve } from "./curve/curve.js";
export type { CurveChoice, CurveConfig } from "./curve/options.js";
export type { ShardsResult } from "./curve/shards.js";
export type { WorkingSetPoint } from "./curve/workingset.js";
export type { CompiledCore } from "./engine/core.js";
export { Machine, type Translation } from "./engine/machine.js";
export {
  AccessFault,
  type Fault,
  type FaultingAccess,
  type FaultKind,
  SyscallError,
} from "./engine/process/errors.js";
export type { FileMode, MachineFile } from "./engine/process/file.js";
export type { MemoryRegion, RegionUsage } from "./engine/process/maps.js";
export { printMaps, printSmaps } from "./engine/process/printmaps.js";
export type { Advice, MmapOptions, Process } from "./engine/process/process.js";
export type { FileOptions, ProgramSegment } from "./engine/process/system.js";
export type { CacheStats, Count, FaultEntry, MachineStats, PrefetchStats, TlbStats } from "./engine/stats.js";
export { compileCore } from "./engine/wasm.js";
export type { PageStates } from "./engine/windows.js";
export { type ErrorCode, PagewalkError, type Place } from "./errors.js";
export { type Explanation, explain } from "./explain/explain.js";
export type { Collection, CollectOptions, Layout } from "./heap/collect.js";
export type { Demand, LifetimeClass, SizeClass } from "./heap/distributions.js";
export type { GcOptions, GcPause, GcResult } from "./heap/gc.js";
export { Heap } from "./heap/heap.js";
export type { BlockKind, HeapMap, MapBlock } from "./heap/map.js";
export type { Fragmentation, HeapSample, PolicyResult } from "./heap/measure.js";
export type { PolicyChoice } from "./heap/policies.js";
export { type HeapPolicy, type HeapPolicyInput, heapPresets } from "./heap/policy.js";
export type { HeapProcess } from "./heap/process.js";
export {
  type HeapReplayOptions,
  type HeapResult,
  type HeapTrace,
  replayHeap,
} from "./heap/replay.js";
export type { HeapStats } from "./heap/stats.js";
export type { HeapBlock } from "./heap/walk.js";
export type { Region } from "./info/regions.js";
export { survey, type TraceInfo } from "./info/survey.js";
export { type ReplayOptions, type RunResult, replay } from "./replay/replay.js";
export type { Series, SeriesPoint } from "./replay/series.js";
export type { Thrashing } from "./replay/thrashing.js";
export type {
  Axis,
  AxisValue,
  CellChoice,
  CellSpace,
  CellTlb,
  ImpossibleCell,
  Method,
  PlannedCell,
  SweepAxes,
  SweepCell,
  SweepResult,
  SweepTrace,
} from "./sweep/model.js";
export { type SweepOptions, type SweepProgress, type SweepRun, sweep } from "./sweep/sweep.js";
export type {
  Address,
  BlockId,
  EventFields,
  EventName,
  Limit,
  MapFlag,
  Overcommit,
  Protection,
  SourcePlace,
  TraceEvent,
} from "./trace/events.js";
export type { TracePart } from "./trace/feed.js";
export type { CustomFormat, TraceAccess } from "./trace/formats/custom.js";
export { registerFormat } from "./trace/formats/index.js";
export { type Interleaved, type InterleaveOptions, interleave } from "./trace/interleave.js";
export type { TraceBatch, TraceProgress } from "./trace/iterate.js";
export { PartialError, type Progress, type ReadOptions } from "./trace/read.js";
export { openTrace, type Trace, type TraceOptions, type TraceSource } from "./trace/trace.js";
