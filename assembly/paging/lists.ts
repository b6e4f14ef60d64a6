// Lists of pages, doubly linked through one array: eight bytes a page. A list is a ring through a sentinel, and goes by the sentinel's
// number: the first is 0, the others lie before the array. A page is in one list of an array at most.
//
//   links:  ... | list -1 | list 0 | page 1 | page 2 | ...        each | next u32 | previous u32 |
//
//   sentinel -> head (newest) -> ... -> tail (oldest) -> sentinel

/** Sentinels: lists of one array. */
export const FIRST: u32 = 0;
export const SECOND: u32 = u32.MAX_VALUE;
export const THIRD: u32 = u32.MAX_VALUE - 1;
export const FOURTH: u32 = u32.MAX_VALUE - 2;

function placeOf(links: usize, page: u32): usize {
  return links + ((<usize>page) << 3);
}

/** Empties a list. Links of zeros have `FIRST` empty already. */
export function openList(links: usize, list: u32): void {
  const place = placeOf(links, list);
  store<u32>(place, list);
  store<u32>(place, list, 4);
}

/** Towards the tail; the sentinel behind it. */
export function nextOf(links: usize, page: u32): u32 {
  return load<u32>(placeOf(links, page));
}

/** Towards the head; the sentinel before it. */
export function previousOf(links: usize, page: u32): u32 {
  return load<u32>(placeOf(links, page), 4);
}

/** The newest; of an empty list, the sentinel. */
export function headOf(links: usize, list: u32): u32 {
  return nextOf(links, list);
}

/** The oldest; of an empty list, the sentinel. */
export function tailOf(links: usize, list: u32): u32 {
  return previousOf(links, list);
}

export function isEmpty(links: usize, list: u32): bool {
  return nextOf(links, list) == list;
}

/** Takes a page out of its list. */
export function unlink(links: usize, page: u32): void {
  const place = placeOf(links, page);
  const next = load<u32>(place);
  const previous = load<u32>(place, 4);
  store<u32>(placeOf(links, previous), next);
  store<u32>(placeOf(links, next), previous, 4);
}

/** Puts a page behind another, or behind a sentinel. */
export function putAfter(links: usize, before: u32, page: u32): void {
  const first = placeOf(links, before);
  const place = placeOf(links, page);
  const next = load<u32>(first);
  store<u32>(place, next);
  store<u32>(place, before, 4);
  store<u32>(first, page);
  store<u32>(placeOf(links, next), page, 4);
}

export function putHead(links: usize, list: u32, page: u32): void {
  putAfter(links, list, page);
}

export function putTail(links: usize, list: u32, page: u32): void {
  putAfter(links, previousOf(links, list), page);
}

/** Makes a page of a list, this or another of the same links, the newest of `list`. */
export function moveToHead(links: usize, list: u32, page: u32): void {
  if (headOf(links, list) == page) return;
  unlink(links, page);
  putHead(links, list, page);
}

/** Reads the links of a page, and of those beside it: for the time that reading them will take no more. */
export function readLinks(links: usize, page: u32): u32 {
  return nextOf(links, page);
}

export function readBeside(links: usize, page: u32): u32 {
  return nextOf(links, nextOf(links, page)) + nextOf(links, previousOf(links, page));
}
