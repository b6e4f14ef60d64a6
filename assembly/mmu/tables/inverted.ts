export function newInverted(frames: u32): usize {
  return 0;
}
export function find(table: usize, vpn: u64, space: u32): usize {
  return 0;
}
export function insert(table: usize, vpn: u64, space: u32): usize {
  return 0;
}
export function walk(table: usize, vpn: u64, space: u32): usize {
  return 0;
}
export function frameOf(table: usize, place: usize): u64 {
  return 0;
}
export function bytesOf(table: usize): u64 {
  return 0;
}
