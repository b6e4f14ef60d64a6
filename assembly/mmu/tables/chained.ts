export function newChained(slots: u32): usize {
  return 0;
}
export function find(table: usize, vpn: u64): usize {
  return 0;
}
export function insert(table: usize, vpn: u64): usize {
  return 0;
}
export function remove(table: usize, vpn: u64): void {}
export function walk(table: usize, vpn: u64): usize {
  return 0;
}
export function bytesOf(table: usize): u64 {
  return 0;
}
