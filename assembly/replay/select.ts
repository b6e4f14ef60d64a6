// Leaves records out of a batch before it is taken: by place, by kind, by page.

import { Batch, addresses, infos, kindOf, ordinals } from "../base/batch";
import { Result, result } from "../base/counters";
import { EventKind, EventRow, longOf, rowOf, wordOf } from "../base/events";

const PAGE_SHIFT: u64 = 12;

/** The share of pages that are kept, of 2^32, and what their choice hangs on. */
let share: u64 = 1 << 32;
let seed: u64 = 0;

/** Keeps accesses of so many pages of 2^32, the same ones for the same seed. */
export function openSelect(pagesKept: u64, choice: u64): void {
  share = pagesKept;
  seed = choice;
}

/**
 * Passes over the first `skip` accesses of a batch of `records`, takes up to `limit` of those behind, and of these keeps
 * the ones whose kind's bit is set in `kinds` and whose page is chosen. Events stay, up to the last access taken. What is
 * kept moves to the front of the columns in order; `ordinals` says how many accesses stood before it in the batch. The
 * number kept. `Result.Accesses`: those taken, and `Result.Kept`: those of them that were kept.
 */
export function select(records: u32, skip: u32, limit: u32, kinds: u32): u32 {
  let kept: u32 = 0;
  let accesses: u32 = 0;
  let events: u32 = 0;
  const end = limit > u32.MAX_VALUE - skip ? u32.MAX_VALUE : skip + limit;
  for (let at: u32 = 0; at < records && accesses < end; at++) {
    let va = load<u64>(addresses + ((<usize>at) << 3));
    const info = load<u32>(infos + ((<usize>at) << 2));
    const ordinal = accesses;
    let kind = kindOf(info);
    let based = false;
    if (info & Batch.Event) {
      const row = rowOf(va);
      if (wordOf(row, EventRow.Kind) != EventKind.Access) {
        keep(kept++, at, ordinal);
        events++;
        continue;
      }
      kind = wordOf(row, EventRow.Flags) & Batch.KindMask;
      based = wordOf(row, EventRow.Base) != 0;
      va = longOf(row, EventRow.A);
    }
    accesses++;
    if (ordinal < skip || !((kinds >> kind) & 1) || !(based || isChosen(va))) continue;
    keep(kept++, at, ordinal);
  }
  result(Result.Accesses, accesses);
  result(Result.Kept, kept - events);
  return kept;
}

function keep(to: u32, from: u32, ordinal: u32): void {
  store<u64>(addresses + ((<usize>to) << 3), load<u64>(addresses + ((<usize>from) << 3)));
  store<u32>(infos + ((<usize>to) << 2), load<u32>(infos + ((<usize>from) << 2)));
  store<u32>(ordinals + ((<usize>to) << 2), ordinal);
}

/** A page is chosen by a hash of its number (the finaliser of SplitMix64), so that all its accesses are kept or none. */
function isChosen(va: u64): bool {
  let x = (va >> PAGE_SHIFT) + seed * 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return (x ^ (x >> 31)) >> 32 < share;
}
