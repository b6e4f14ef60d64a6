// Prefetching of translations: what the last TLB misses is learned, and pages that may come next are walked for into a buffer.

import { cut, spread } from "../address";
import { Counter, count } from "../../base/counters";
import { SIZE } from "../attributes";
import { cpu } from "../cpu";
import { Step, log, logging } from "../log";
import { format, pageNumber } from "../pagetable";
import { attributesOf, entryOf } from "../mmu";
import { ownerOf, tagOf } from "../schedule";
import { LOOSE, Tlb, VPN_SHIFT, entryKey } from "../tlb";
import { walkAhead } from "../walk";
import { Buffer } from "./buffer";
import { Prefetcher, predictions } from "./prefetcher";

export let prefetching: bool = false;
/** The predictor names pages by their whole entry, not by number: recency. */
let byEntry: bool = false;
/** The address of the instruction under way; 0: not known. */
export let pc: u64 = 0;

export function openAhead(byEntry_: bool): void {
  prefetching = true;
  byEntry = byEntry_;
}

export function setPc(va: u64): void {
  pc = va;
}

/** Takes a page out of the buffer. Whether it was there. */
export function askBuffer(key: u64): bool {
  const found = changetype<Buffer>(cpu.buffer).take(key, LOOSE) != 0;
  if (logging) log(Step.Buffer, 0, found ? 1 : 0);
  if (found) count(Counter.PrefetchHits);
  return found;
}

/**
 * Learns that all TLBs from `chain` to `link` missed a page, and that the fill of the last one gave up `evicted`; then walks for what
 * the prefetcher expects.
 */
export function learnMiss(va: u64, key: u64, chain: usize, link: usize, evicted: u64, attributes: u32): void {
  const prefetcher = changetype<Prefetcher>(cpu.prefetcher);
  const size = attributes & SIZE;
  const number = pageNumber(cut(va), size);
  const expected = prefetcher.miss(byEntry ? key : number, pc);
  if (evicted && byEntry) prefetcher.evicted(evicted & ~LOOSE);
  const last = changetype<Tlb | null>(link == chain ? <usize>0 : load<usize>(link - 4));
  for (let i: u32 = 0; i < expected; i++) {
    const wanted = load<u64>(predictions + ((<usize>i) << 3));
    if (byEntry) fetchEntry(wanted, last, size);
    else fetchNear(va, number, wanted, last, size);
  }
}

/** Fetches a page by its number, if it is a page of the same size in the same half of the address space. */
function fetchNear(va: u64, number: u64, wanted: u64, last: Tlb | null, size: u32): void {
  const shift = format.sizeShift(size);
  const bits = <u64>format.vaBits - shift;
  const half = format.signed ? bits - 1 : bits;
  if (wanted >> bits || (wanted ^ number) >> half) return;
  const at = va + ((wanted - number) << shift);
  const attributes = attributesOf(at);
  if ((attributes & SIZE) != size) return;
  fetch(entryKey(wanted, size, tagOf(attributes)), wanted, attributes, last);
}

/** Fetches a page of the running space that a TLB gave up. */
function fetchEntry(key: u64, last: Tlb | null, size: u32): void {
  const number = key >> VPN_SHIFT;
  const attributes = attributesOf(spread(number << format.sizeShift(size)));
  if (key != entryKey(number, size, tagOf(attributes)) || (attributes & SIZE) != size) return;
  fetch(key, number, attributes, last);
}

function fetch(key: u64, number: u64, attributes: u32, last: Tlb | null): void {
  const buffer = changetype<Buffer>(cpu.buffer);
  if (buffer.holds(key, LOOSE)) return;
  if (last && last.find(last.setOf(number), key, LOOSE)) return;
  count(Counter.PrefetchIssued);
  const size = attributes & SIZE;
  const slot = walkAhead(ownerOf(attributes), number << format.sizeShift(size), size);
  if (!slot) count(Counter.PrefetchUnmapped);
  else if (buffer.put(entryOf(key, slot))) count(Counter.PrefetchEvicted);
}
