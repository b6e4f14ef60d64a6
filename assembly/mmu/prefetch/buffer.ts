@unmanaged
export class Buffer {
  length: u32;
  take(key: u64, loose: u64): u64 {
    return 0;
  }
  holds(key: u64, loose: u64): bool {
    return false;
  }
  put(word: u64): u64 {
    return 0;
  }
  dropWhere(mask: u64, value: u64): u32 {
    return 0;
  }
}
export function newBuffer(entries: u32): Buffer | null {
  return null;
}
