// Which addresses there are, and what of one is translated. Here and not in the format, for every lookup asks.

/** The bits that are translated. */
let mask: u64 = u64.MAX_VALUE;
let unused: u64 = 0;
let signed: bool = true;

/** `bits` are translated; those above are copies of the highest of them (`signed_`), or zero. */
export function openAddresses(bits: u32, signed_: bool): void {
  unused = 64 - <u64>bits;
  mask = u64.MAX_VALUE >> unused;
  signed = signed_;
}

/** The part of an address that is translated. */
export function cut(va: u64): u64 {
  return va & mask;
}

export function isCanonical(va: u64): bool {
  return spread(va) == va;
}

/** The canonical address of a cut one. */
export function spread(va: u64): u64 {
  return signed ? <u64>(<i64>(va << unused) >> unused) : va & mask;
}
