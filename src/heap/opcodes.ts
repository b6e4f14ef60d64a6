// How an operation lies in its two words:
//
//     word 0: | operation, bits 31..28 | slot of the block, bits 27..0 |   word 1: | size, or alignment |

export const OP_SHIFT = 28;
export const SLOT_MASK = 2 ** OP_SHIFT - 1;
/** The slot of the null pointer. */
export const NULL_SLOT = SLOT_MASK;
/** What stands for a size that no heap can give; sizes up to the one below it are what they say. */
export const HUGE = 2 ** 32 - 1;

/** The core's numbers of operations. */
export interface OpCodes {
  readonly Malloc: number;
  readonly Calloc: number;
  readonly Realloc: number;
  readonly Free: number;
  /** The alignment of the next Malloc: no operation by itself. */
  readonly Align: number;
}
