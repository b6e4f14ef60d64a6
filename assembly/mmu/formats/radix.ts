// Entries of a table that is made up: RISC-V's low ten bits, and above them the frame number, in 2, 4 or 8 bytes.
//
//    8 * bytes - 1      10 9   8   7   6   5   4   3   2   1   0
//   |    frame number     |   |COW| D | A | G | U | X | W | R | V |

import { Format } from "../format";
import { layRiscv } from "./riscv";

export function layRadix(format: Format): void {
  layRiscv(format);
  const bits = (<u64>8) << (<u64>format.entryShift);
  format.frame = (bits == 64 ? u64.MAX_VALUE : ((<u64>1) << bits) - 1) & ~(<u64>1023);
  format.run = 0;
  format.napot = false;
}
