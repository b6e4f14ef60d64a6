export { allocate, arenaTop } from "./base/arena";
export { Batch, EVENT_ADDRESS, Kind, addresses, infos, openBatch, ordinals, windowStart } from "./base/batch";
export { Counter, Result, counters, results } from "./base/counters";
export { EventKind, EventRow, eventCounts, events } from "./base/events";
export { Leak } from "./base/leaks";
export { Shortage, Status } from "./base/status";
export { decodeChampSim, decodeCloudSuite, decodeShortCloudSuite, openChampSim } from "./decode/champsim";
export { beginBatch } from "./decode/columns";
export {
  DrmemCount,
  DrmemFault,
  DrmemFiles,
  DrmemStop,
  decodeDrmemtrace,
  drmemCounts,
  drmemFault,
  drmemProcess,
  drmemStop,
  drmemThread,
  openDrmemtrace,
  passOverDrmem,
  setDrmemProcess,
} from "./decode/drmemtrace";
export { lackeyFooter, lackeyHeader } from "./decode/lackey";
export { decodeOracleGeneral } from "./decode/oraclegeneral";
export { TextFault, TextFormat, decodeText, openText, textFault } from "./decode/text";
export { addressOf } from "./replay/replay";
export { addCache, dataCycles, setMemoryLatency } from "./cache/cache";
export { CacheCount } from "./cache/level";
export { Flag } from "./mmu/format";
export { explain } from "./mmu/mmu";
export { Log, Step, steps, stepsLogged } from "./mmu/log";
export {
  TableKind,
  addLevel,
  addSize,
  hashedTables,
  openFormat,
  openTable,
  pageCounts,
} from "./mmu/pagetable";
export { Family } from "./mmu/format";
export { Index, Policy } from "./mmu/sets";
export {
  Access,
  addRegion,
  addTlb,
  addWalkCache,
  openHost,
  openMachine,
  openPrefetcher,
  prefetchHeld,
  seedOf,
  walkCacheCounts,
} from "./mmu/setup";
export { Prefetch } from "./mmu/prefetch/prefetcher";
export {
  addressInEntry,
  addressOfPage,
  flagsOfEntry,
  isLeafEntry,
  isMapped,
  isPresentEntry,
  pageShiftAt,
  putEntry,
  putLine,
  putPage,
  reserve,
  runningTag,
  setFor,
} from "./mmu/state";
export { nextTable } from "./mmu/physical";
export { hostTableCounts, tableCounts } from "./mmu/tree";
export { userMode } from "./mmu/schedule";
export { TlbCount, TlbEntry } from "./mmu/tlb";
export { WalkCacheCount } from "./mmu/walkcache";
export { Fault } from "./base/fault";
export { FaultList, Mapped, faults, faultsListed } from "./replay/faults";
export { openReplay, replay } from "./replay/replay";
export { openSelect, select } from "./replay/select";
export {
  Survey,
  processTable,
  processes,
  survey,
  surveyCapacity,
  surveyPages,
  surveyTable,
} from "./replay/survey";
export { Translation, translate, translation } from "./replay/translate";
export { accessBytes, followLookups, openReplaying, resume, step } from "./replay/replay";
export { beginWindow } from "./replay/replay";
export { closeWindow, workingSet } from "./paging/window";
export { frames as frameLimit, replacing } from "./paging/replacer";
export { PageState, countStates, pageStates } from "./process/states";
export { Unmapped, setUnmapped } from "./process/fault";
export { Outcome } from "./mmu/mmu";
export { Life, admit, gone, lifeOf, manage, managed } from "./process/process";
export { begin } from "./mmu/schedule";
export { Region, Role, findRegion, measureRegion, region } from "./process/regions";
export { VmaFlag } from "./process/vma";
export { peakResident, resident } from "./paging/frames";
export { peakSlots, slotsUsed } from "./paging/swap";
export { pageShift } from "./process/memory";
export { tallyCount } from "./process/tally";
export {
  File,
  PagePlace,
  Process,
  Whereabouts,
  addressOfName,
  describe,
  entryOf,
  describeFile,
  described,
  fillFile,
  locate,
  peekBytes,
  readNamed,
  runningProcess,
  sizeOfFile,
} from "./process/host";
export { isBound } from "./process/names";
export { bufferOf, bytesFetched, halfOfBuffer } from "./process/data";
export { Differences, callsDiffering, callsTold, differences, differencesListed } from "./process/answers";
export {
  callsFailed,
  callsMade,
  forgetResult,
  lastErrno,
  lastResult,
  placeOf,
  setErrno,
} from "./process/events";
export { Advice } from "./process/madvise";
export { Errno } from "./process/errno";
export { openSystem } from "./process/system";
export { Watch, WatchedFault, watch, watched, watchedCount } from "./process/watch";
export { Native } from "./native/layout";
export { countMarked, decodeBlock } from "./native/decode";
export {
  blockData,
  blockDataBytes,
  blockDictionary,
  blockEntries,
  blockRecords,
  blockTokens,
} from "./native/encode";
export { emptyBlock, encode, openEncoder } from "./native/encode";
export { addPool, lookPool, readyPools } from "./curve/curve";
export { endDistances, lookDistances, lruTally, readyDistances } from "./curve/distances";
export {
  Runs,
  Sampling,
  firstNow,
  firstProcess,
  firstProcessNow,
  gather,
  gathered,
  lookups,
  openLookups,
  pageCount,
  processCount,
  runCount,
  runs,
  samplePages,
  setColumn,
  setPages,
  setRuns,
  switchCount,
  switches,
} from "./curve/lookups";
export { endOptStack, lookOptStack, optTally, readyOptStack } from "./curve/optstack";
export { PoolCount } from "./curve/pool";
export { TallyWord } from "./curve/tally";
export {
  WindowWord,
  endWorkingSets,
  lookWorkingSets,
  openWorkingSets,
  readyWorkingSets,
} from "./curve/workingset";
export { Replacement } from "./paging/policies";
export { tableIns, tableOuts, tablesPeak, tablesResident } from "./process/tables";
// Sweeps: lookups that matter as words, kept as bytes; TLBs of all shapes at once; and what a machine's replay of them needs.
export {
  addressBits,
  columnOfGather,
  countCrossings,
  crossings,
  foldedBits,
  gatherWords,
  gatheredTo,
  newGather,
  openGathering,
  recordCounts,
} from "./sweep/gather";
export { columnOfStrip, newStrip, runStrip } from "./sweep/strip";
export { missesOfFront, newFront } from "./sweep/front";
export { addLevelOfStack, newStack } from "./sweep/stack";
export { newLane, routeLane, runLane } from "./sweep/lane";
export { Packed, newPacking, newUnpacked, openPacking, pack, packedTo, piece, unpack } from "./sweep/packing";
export { openColumns, recordsOf, wordAddresses, wordInfos } from "./sweep/columns";
export { chargeRepeats } from "./replay/replay";
// The heap: its policy, operations in bulk and one by one, and what can be seen of it.
export { HeapOp } from "./heap/ops";
export {
  HeapCoalescing,
  HeapExtend,
  HeapFit,
  HeapFooters,
  HeapOrganisation,
  HeapParam,
  HeapRealloc,
  HeapStat,
  heapParams,
  heapStats,
} from "./heap/params";
export { openHeap, opsBuffer, runOps, smallestBlock } from "./heap/heap";
export { heapAligned, heapCalloc, heapFree, heapMalloc, heapRealloc, heapSizeOf } from "./heap/calls";
export { reserveSlots, slotAddress, slotSize } from "./heap/slots";
export {
  HeapRow,
  WALK_ROWS,
  heapBase,
  heapLow,
  heapRoom,
  heapTop,
  sampleHeap,
  walkHeap,
  walkNext,
  walkRows,
} from "./heap/walk";
export { checkFault, runChecked } from "./heap/check";
export { HeapFault, validateHeap } from "./heap/validate";
// Its collector.
export { collectHeap, rootBuffer } from "./heap/collect/collect";
export { finalized } from "./heap/collect/finalize";
export { clearLayout, clearPointers, setFinalizer, setLayout, setPointer } from "./heap/collect/layouts";
export { findHeapLeaks, leakOf } from "./heap/collect/leaks";
export { CollectCount, CollectParam, collectCounts, collectParams } from "./heap/collect/params";
export { beginCollected, collectAfter, lostUses, runCollected, wasLost } from "./heap/collect/replay";
export { finishSweep, isDead } from "./heap/collect/sweep";
export { Arena, changeArea, setJudging } from "./check/areas";
export { checkAccess, checkBatch, forgetFetch, openBatchToCheck } from "./check/check";
export { contentBuffer, getContents, openContents, putContents } from "./check/contents";
export {
  Findings,
  draft,
  findingCount,
  findingTotal,
  findingsUnlisted,
  pieces,
  place,
  reportDraft,
  setPlace,
  setRealloc,
} from "./check/findings";
export {
  blocksFreed,
  blocksGiven,
  bytesGiven,
  captureBlock,
  freeAt,
  isOverLimit,
  peakBytes,
  placeBlock,
  reallocCaptured,
  setHeap,
} from "./check/heap";
export {
  BlockWord,
  blockStarting,
  forgetMemory,
  liveBlocks,
  liveBytes,
  liveOwnerOf,
  moveBlock,
  moveMemory,
  ownerOf,
  popFrame,
  pushFrame,
  releaseBlock,
  releaseMemory,
  serialOf,
  startOf,
} from "./check/host";
export { Callers, runtimeBuffer } from "./check/lookback";
export { setUndefined } from "./check/judge";
export { findLeaks, leakBlocks, leakCount, listBlocks, wordsMarked } from "./check/leaks";
export { dropContents } from "./check/shadow";
export { enterSpace, forkSpace, leaveSpace, newSpace, openCheck } from "./check/setup";
export { BlockFlag, ByteState, FindingKind, Where } from "./check/state";
// The heap of a simulated process. What asnoted.mjs has called has to be here, for nothing else calls it.
export { ROOM as notesRoom, emptyNotes, notes, notesMade, openNotes, setOrigin } from "./heap/note";
export {
  copyPayload,
  mayGrow,
  mayMap,
  noteLink,
  noteLoad,
  noteStore,
  origin,
  unmapped,
  zeroPayload,
} from "./heap/note";
// What a heap has beside its memory: to keep it and go on with it in another instance (src/engine/heap/image.ts).
export { top as imageTop } from "./base/arena";
export { entries as imageCalls, table as imageTable, tableBits as imageTableBits } from "./heap/calls";
export { reserved as imageReserved } from "./heap/growth";
export { begins as imageOrigin } from "./heap/note";
export {
  firsts as imageFirsts,
  levels as imageLevels,
  room as imageRoom,
  touched as imageTouched,
} from "./heap/organisations/explicitaddress";
export { notedAligned, notedCalloc, notedFree, notedMalloc, notedRealloc, openNotedHeap } from "./heap/noted";
export {
  actOnHeaps,
  bindToBlock,
  blockNamed,
  breakNow,
  heapNumber,
  namesBlock,
  payloadNamed,
  setHeapNumber,
  unbindFromBlock,
} from "./process/heaps";
export {
  accessWords,
  copyBytes,
  heapLoads,
  heapMmap,
  heapMunmap,
  heapSbrk,
  heapStores,
  requestsOf,
  zeroBytes,
} from "./replay/heapwords";
