// Entries of AArch64's stage 1, with granules of 4K, 16K and 64K.
// Arm Architecture Reference Manual for A-profile (DDI 0487), sections D8.3 (descriptor formats) and D8.6 (contiguous bit).
//
//    63  58 56  55  54  53  52   51   50 49                12 11  10  9 8  7   6  5  4 2 1 0
//   |      |noR|COW|UXN|PXN|Cont|DBM|   | output address     |nG|AF | SH |AP2|AP1|NS|attr|type|   block, page
//
// type: 11 a table (above the last level) or a page (at the last), 01 a block. A page that may be written has DBM; it is dirty once
// AP[2], "read-only", is clear. AP[1]: user. nG, UXN and PXN say what is not. Bits 58 to 55 are software's: COW, and what may not be read,
// which the hardware cannot say. With 64K granules and LPA, address bits 51 to 48 stand in bits 15 to 12; with LPA2 bits 51 and 50 stand in 9 and 8.

import { Format } from "../format";

/** `wide`: physical addresses of 52 bits. */
export function layAarch64(format: Format, wide: bool): void {
  const granule = <u64>format.pageBits;
  const top: u64 = wide && granule < 16 ? 50 : 48;
  format.frame = (((<u64>1) << top) - 1) & ~(((<u64>1) << granule) - 1);
  if (wide) {
    format.highFrom = top;
    format.highBits = 52 - top;
    format.highTo = granule < 16 ? 8 : 12;
  }
  format.present = 1 << 0;
  format.table = (1 << 0) | (1 << 1);
  format.upperLeaf = 1 << 0;
  format.lastLeaf = (1 << 0) | (1 << 1);
  format.leafMask = 1 << 1;
  format.leafFlip = 1 << 1;
  format.read = 1 << 56;
  format.write = 1 << 51;
  format.execute = (1 << 53) | (1 << 54);
  format.user = 1 << 6;
  format.global = 1 << 11;
  format.accessed = 1 << 10;
  format.dirty = 1 << 7;
  format.cow = 1 << 55;
  format.flips = (1 << 56) | (1 << 53) | (1 << 54) | (1 << 11) | (1 << 7);
  format.run = 1 << 52;
}
