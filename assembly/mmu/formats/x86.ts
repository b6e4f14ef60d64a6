// Entries of x86-64, four levels and five.
// Intel SDM vol. 3A, section 5.5 (4-level and 5-level paging), tables 5-15 to 5-20; AMD APM vol. 2, section 5.3.
//
//    63   62    52 51                 12 11 10  9   8   7   6   5   4   3   2   1   0
//   | NX | ignored |   frame number     |avl|COW| G | PS| D | A |PCD|PWT| US| RW| P |
//
// A leaf above the last level has PS set. Software keeps its copy-on-write mark in bit 9, which is free to it.

import { Format } from "../format";

export function layX86(format: Format): void {
  format.frame = 0x000ffffffffff000;
  format.present = 1 << 0;
  format.table = (1 << 0) | (1 << 1) | (1 << 2);
  format.upperLeaf = (1 << 0) | (1 << 7);
  format.lastLeaf = 1 << 0;
  format.leafMask = 1 << 7;
  format.write = 1 << 1;
  format.user = 1 << 2;
  format.accessed = 1 << 5;
  format.dirty = 1 << 6;
  format.global = 1 << 8;
  format.cow = 1 << 9;
  format.execute = 1 << 63;
  format.flips = 1 << 63;
  format.tableAccessed = 1 << 5;
}
