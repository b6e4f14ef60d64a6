// Records that did not pass the filter, but need little more: their one page is in the first TLB, or in the second, and its entry lets them
// pass. On plain machines that is what nearly all others come to. They are counted as if they had passed the filter, but for `secondLanes`.

import { cut, isCanonical } from "../mmu/address";
import { mixed } from "../mmu/attributes";
import { Batch, Kind, reachOf } from "../base/batch";
import { chainOf } from "../mmu/cpu";
import { rotate, rotateBack } from "../mmu/policy/lru";
import { everyKey } from "../mmu/schedule";
import { Policy } from "../mmu/sets";
import { Access, DIRTY_ENTRY, LOOSE, Tlb, VPN_SHIFT } from "../mmu/tlb";
import { ROW, notePlain, plain, rowsOf, shift0, stageSize, tlbOfRow } from "./filter";

/** What there is for a kind of record: its TLBs (no first one: nothing is quick), and the rows of the filter that a lookup writes. */
@unmanaged
class Quick {
  first: usize;
  second: usize;
  rows: u32;
  private unused: u32;
}

/** One at the row of each kind, and an empty one for events. */
const kinds: usize = memory.data(5 * 16, 16);

/** Records that were found in their second TLB, by kind as other lanes. */
export let secondLanes: u64 = 0;

export function clearSecond(): void {
  secondLanes = 0;
}

/** The first access of a kind of record. */
function accessOf(kind: u32, modifyOnce: bool): u32 {
  if (kind != Kind.Modify) return kind;
  return modifyOnce ? <u32>Access.Store : <u32>Access.Load;
}

/** After the filter was readied, or another core was chosen. `closed`: no record is quick. */
export function findQuick(modifyOnce: bool, closed: bool): void {
  for (let kind: u32 = 0; kind <= <u32>Kind.Modify; kind++) {
    const its = changetype<Quick>(kinds + ((<usize>kind) << 4));
    its.first = 0;
    if (!plain || closed) continue;
    const access = accessOf(kind, modifyOnce);
    const first = tlbOfRow(stageSize(0), kind);
    if (!first || first.policy != Policy.Lru || rowsOf(access) >> 8) continue;
    const second = changetype<Tlb | null>(load<usize>(chainOf(stageSize(0), access) + 4));
    its.first = changetype<usize>(first);
    its.second = second && second.policy == Policy.Lru ? changetype<usize>(second) : 0;
    its.rows = rowsOf(access);
  }
}

/** Makes the lookups of a record, if it needs no more than the above; else leaves it to others, and what it changed they would change, too. */
export function quick(va: u64, info: u32): bool {
  const its = changetype<Quick>(kinds + <usize>(info & (ROW | <u32>Batch.Event)));
  const first = changetype<Tlb>(its.first);
  if (!its.first || (va ^ (va + reachOf(info))) >> shift0 || mixed || !isCanonical(va)) return false;
  const number = cut(va) >> shift0;
  const key = (number << VPN_SHIFT) | everyKey;
  const place = first.first(first.setOf(number));
  let entry = rotate(place, first.ways, key, LOOSE);
  if ((entry ^ key) > LOOSE) {
    const below = its.second ? find(changetype<Tlb>(its.second), number, key) : 0;
    if (!letsPass(below ^ key, info)) {
      rotateBack(place, first.ways, entry);
      return false;
    }
    entry = below;
    secondLanes += (<u64>1) << (<u64>info);
  }
  store<u64>(place, entry);
  if (!letsPass(entry ^ key, info)) return false;
  notePlain(va, its.rows, entry);
  return true;
}

/** Whether an entry lets a record pass: it forbids nothing, and for a store its page is known to be dirty. */
function letsPass(difference: u64, info: u32): bool {
  const least: u64 = info & ((<u32>Kind.Store) << Batch.KindShift) ? DIRTY_ENTRY : 0;
  return difference >= least && difference <= DIRTY_ENTRY;
}

/** The entry of a name, now the most recent of its set, or 0. */
function find(tlb: Tlb, number: u64, key: u64): u64 {
  const place = tlb.first(tlb.setOf(number));
  const word = rotate(place, tlb.ways, key, LOOSE);
  if ((word ^ key) <= LOOSE) {
    store<u64>(place, word);
    return word;
  }
  rotateBack(place, tlb.ways, word);
  return 0;
}
