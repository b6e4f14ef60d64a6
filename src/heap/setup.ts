import type { Core } from "../engine/core.js";
import { PagewalkError } from "../errors.js";
import { COALESCINGS, EXTENDS, FITS, FOOTERS, type HeapPolicy, ORGANISATIONS, REALLOCS } from "./policy.js";

/**
 * Opens an empty heap in a core, of which it has one; the one before it is gone.
 *
 * @throws PagewalkError `E_MEMORY` where its limit does not fit in linear memory
 * @internal
 */
export function openHeap(core: Core, policy: HeapPolicy): void {
  writePolicy(core, policy);
  if (core.exports.openHeap() !== core.enums.Status.Ok) throw noRoom(policy);
}

/** What a heap whose limit does not fit in linear memory comes to. @internal */
export function noRoom({ limit }: HeapPolicy): PagewalkError {
  return new PagewalkError(
    "E_MEMORY",
    `a heap of ${limit} bytes does not fit in the 4 GiB that WebAssembly can address; want a smaller limit`,
    { path: "limit" },
  );
}

/** Says what the next heap of a core is to be. @internal */
export function writePolicy(core: Core, policy: HeapPolicy): void {
  const { exports, enums } = core;
  const { HeapParam } = enums;
  const params = core.u64(exports.heapParams.value, HeapParam.Length);
  const set = (slot: number, value: number) => {
    params[slot] = BigInt(value);
  };
  set(HeapParam.Organisation, ORGANISATIONS.indexOf(policy.organisation));
  set(HeapParam.Fit, FITS.indexOf(policy.fit));
  set(HeapParam.Coalescing, COALESCINGS.indexOf(policy.coalescing));
  set(HeapParam.Footers, FOOTERS.indexOf(policy.footers));
  set(HeapParam.Realloc, REALLOCS.indexOf(policy.realloc));
  set(HeapParam.Extend, EXTENDS.indexOf(policy.extend));
  set(HeapParam.Alignment, policy.alignment);
  set(HeapParam.Header, policy.header);
  set(HeapParam.Footer, policy.footer);
  set(HeapParam.MinBlock, policy.minBlock ?? 0);
  set(HeapParam.SplitThreshold, policy.splitThreshold ?? 0);
  set(HeapParam.Chunk, policy.chunk);
  set(HeapParam.MmapThreshold, policy.mmapThreshold ?? 0);
  set(HeapParam.Limit, policy.limit);
}
