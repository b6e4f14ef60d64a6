// What a collector must find, with a Map of blocks and Sets of pointers.

/** A block, its contents, and which of its bytes begin a pointer; null: any word may be one. */
export interface Block {
  bytes: Uint8Array;
  pointers: Set<number> | null;
  /** It was said to have none. */
  atomic: boolean;
  finalize: boolean;
}

/** Blocks by their pointers. */
export type Blocks = Map<number, Block>;

export interface Search {
  interior: boolean;
  precise: boolean;
  word: 8 | 4;
}

/** The block that a word points to; undefined: to none. */
export function blockOf(blocks: Blocks, value: bigint, interior: boolean): number | undefined {
  if (value > Number.MAX_SAFE_INTEGER) return undefined;
  const address = Number(value);
  if (blocks.has(address)) return address;
  if (!interior || address === 0) return undefined;
  for (const [pointer, { bytes }] of blocks) {
    if (address > pointer && address < pointer + bytes.length) return pointer;
  }
  return undefined;
}

/** The words of a block that are looked at. */
export function wordsOf({ bytes, pointers, atomic }: Block, { precise, word }: Search): bigint[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const words: bigint[] = [];
  if (atomic) return [];
  for (let at = 0; at + word <= bytes.length; at += word) {
    if (precise && pointers && !pointers.has(at)) continue;
    words.push(word === 8 ? view.getBigUint64(at, true) : BigInt(view.getUint32(at, true)));
  }
  return words;
}

/** The blocks that words lead to, and how many words were looked at for that. */
export function reachable(blocks: Blocks, roots: readonly bigint[], search: Search) {
  const found = new Set<number>();
  const left = [...roots];
  let words = 0;
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    words++;
    const pointer = blockOf(blocks, value, search.interior);
    if (pointer === undefined || found.has(pointer)) continue;
    found.add(pointer);
    left.push(...wordsOf(blocks.get(pointer) as Block, search));
  }
  return { found, words };
}

/** Whether blocks to be finalized are in order: none before one that leads to it; those that lead to each other together, by address. Says what is not. */
export function disorder(blocks: Blocks, handedOut: readonly number[], search: Search): string | null {
  const leads = new Map(
    handedOut.map((pointer) => [
      pointer,
      reachable(blocks, wordsOf(blocks.get(pointer) as Block, search), search).found,
    ]),
  );
  const leadsTo = (from: number, to: number) => leads.get(from)?.has(to) ?? false;
  for (const [place, later] of handedOut.entries()) {
    for (const [before, earlier] of handedOut.slice(0, place).entries()) {
      const back = leadsTo(later, earlier);
      if (back && !leadsTo(earlier, later)) return `${earlier} is before ${later}, which leads to it`;
      if (!back || !leadsTo(earlier, later)) continue;
      if (earlier > later) return `${earlier} and ${later} of a cycle are not by address`;
      const apart = handedOut
        .slice(before, place)
        .some((each) => each !== earlier && !leadsTo(each, earlier));
      if (apart) return `${earlier} and ${later} of a cycle are apart`;
    }
  }
  return null;
}
