// Whether a cuckoo table of the core is sound, by its bytes. Its fields, and a slot:
//
//   | ways u32 | bits u32 | used u32 | moved u32 | first u32 | wider u32 |      | tag u64 | PTE u64 |

import { naiveSplitmix } from "./oracle/sets.js";
import type { CoreTable } from "./tables.js";
import type { Core } from "./testing.js";

/** What is wrong; nothing should be. */
export function cuckooFaults(core: Core, table: CoreTable): string[] {
  const view = new DataView(core.memory.buffer);
  const [ways, bits, used, moved, first, wider] = Array.from({ length: 6 }, (_, field) =>
    view.getUint32(table.at + field * 4, true),
  ) as [number, number, number, number, number, number];
  const faults: string[] = [];
  const held = new Set<bigint>();
  const check = (from: number, bits: number, isUsed: (slot: number) => boolean) => {
    for (let way = 0; way < ways; way++) {
      for (let slot = 0; slot < 2 ** bits; slot++) {
        const at = from + (way * 2 ** bits + slot) * 16;
        const tag = view.getBigUint64(at, true);
        if (tag === 0n || !isUsed(slot)) continue;
        const hash = naiveSplitmix(tag - 1n + (BigInt(way) << 56n));
        if (hash >> BigInt(64 - bits) !== BigInt(slot)) faults.push(`way ${way}, slot ${slot}: not its page`);
        if (held.has(tag)) faults.push(`way ${way}, slot ${slot}: a page again`);
        held.add(tag);
      }
    }
  };
  check(first, bits, (slot) => slot >= moved);
  if (wider) {
    check(wider, bits + 1, (slot) => {
      if (slot >= 2 * moved) faults.push(`slot ${slot} of the wider ways: before its time`);
      return true;
    });
  } else if (moved) faults.push("slots moved, but nowhere");
  if (held.size !== used) faults.push(`${used} pages, of which ${held.size} are there`);
  if (table.bytes !== ways * 2 ** bits * 16 * (wider ? 3 : 1)) faults.push(`${table.bytes} bytes`);
  return faults;
}
