// Entries of RISC-V: Sv32 (4 bytes), Sv39, Sv48, Sv57 (8 bytes).
// RISC-V Privileged Architecture, sections on Sv32, Sv39, Sv48, Sv57 and the Svnapot extension.
//
//    63  62  61 60   54 53                 10 9   8  7   6   5   4   3   2   1   0
//   | N | PBMT | zero  |   frame number      | RSW  | D | A | G | U | X | W | R | V |
//
// An entry with R, W or X set is a leaf, at whatever level. Its frame number lies at bit 10. N marks one of 16 entries that make a
// page of 64K; the lowest four bits of its frame number are then 1000. A and D of entries that point to tables are zero.
// Software keeps its copy-on-write mark in bit 8 of RSW.

import { Format } from "../format";

export function layRiscv(format: Format): void {
  format.frameShift = 10;
  format.frame = format.entryShift == 3 ? 0x003ffffffffffc00 : 0xfffffc00;
  format.present = 1 << 0;
  format.table = 1 << 0;
  format.upperLeaf = 1 << 0;
  format.lastLeaf = 1 << 0;
  format.leafMask = (1 << 1) | (1 << 2) | (1 << 3);
  format.read = 1 << 1;
  format.write = 1 << 2;
  format.execute = 1 << 3;
  format.user = 1 << 4;
  format.global = 1 << 5;
  format.accessed = 1 << 6;
  format.dirty = 1 << 7;
  format.cow = 1 << 8;
  format.run = 1 << 63;
  format.napot = true;
}
