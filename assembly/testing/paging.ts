// Parts of paging by themselves.

import { PageMap, newPageMap } from "../paging/pagemap";

let map: PageMap = changetype<PageMap>(0);

/** A new map takes the place of the last one. */
export function mapOpen(): bool {
  if (changetype<usize>(map)) map.clear();
  const made = newPageMap();
  if (made) map = made;
  return made != null;
}

export function mapPut(page: u64, value: u32): bool {
  return map.put(page, value);
}

export function mapGet(page: u64): u32 {
  return map.get(page);
}

export function mapRemove(page: u64): u32 {
  return map.remove(page);
}

export function mapNext(page: u64, last: u64): u64 {
  return map.next(page, last);
}

export function mapCount(): u32 {
  return map.count;
}
