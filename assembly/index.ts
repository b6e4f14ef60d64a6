export { allocate, arenaTop } from "./base/arena";
export { Batch, EVENT_ADDRESS, Kind, addresses, infos, openBatch, ordinals, windowStart } from "./base/batch";
export { Counter, Result, counters, results } from "./base/counters";
export { EventKind, EventRow, eventCounts, events } from "./base/events";
export { Status } from "./base/status";
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
export { addTlb, setPageSize } from "./mmu/mmu";
export { Level, PageSize } from "./mmu/pagetable";
export { Access, TlbCount } from "./mmu/tlb";
export { openWalkCache, walkCacheCounts, WalkCacheCount } from "./mmu/walkcache";
export { FaultList, faults, faultsListed } from "./replay/faults";
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
