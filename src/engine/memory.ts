import { shapeOf } from "../config/formats.js";
import type { Config } from "../config/model.js";
import { sizeBits, sizeName } from "../config/sizes.js";
import { PagewalkError } from "../errors.js";
import type { Core } from "./core.js";

/** What it means to a user that a core ran out of memory: of what there was too little, and what gives more. @internal */
export function outOfMemory(core: Core, config: Config): PagewalkError {
  const { Shortage, Result } = core.enums;
  if (core.results()[Result.Shortage] === Shortage.Manageable)
    return new PagewalkError("E_CONFIG", MANAGEABLE);
  return new PagewalkError("E_MEMORY", `${reasonOf(core, config)}, or --limit`);
}

const MANAGEABLE =
  "an operating system, which memory.frames, memory.contents and events such as mmap and fork bring, needs translation, pages of one size, no regions, and a page table other than an inverted one, which maps a frame once only";

function reasonOf(core: Core, { pageTable, nested, pageSize }: Config): string {
  const { Shortage, Result } = core.enums;
  const { paBits } = shapeOf(pageTable);
  switch (core.results()[Result.Shortage]) {
    case Shortage.Frames: {
      const frames = "frames" in pageTable ? pageTable.frames : 0;
      return `all ${frames} frames of the inverted table hold pages; want a larger pageTable.frames`;
    }
    case Shortage.Physical: {
      const used = `physical memory of ${sizeName(paBits)} bytes (${paBits} bits of address) is used up`;
      return `${used}; want ${pageTable.format === "radix" ? "a larger pageTable.paBits" : "a smaller --page-size"}`;
    }
    case Shortage.Tables:
      return `page tables fill the lowest 64M of physical memory, where those of a machine of ${paBits} bits of address lie; want a pageTable.paBits of 33 or more`;
    case Shortage.Host: {
      const host = nested ? shapeOf(nested.pageTable) : { vaBits: 0, paBits: 0 };
      return `the guest's memory is more than its host can give, with ${host.vaBits} bits of address to ${host.paBits}; want a nested.pageTable with more, or smaller pages`;
    }
    default: {
      if ((sizeBits(pageSize) ?? 0) >= 32)
        return `the bytes of a page of ${pageSize} do not fit in the 4 GiB that WebAssembly can address; want a smaller --page-size, or accesses without bytes`;
      const gib = (core.bytesUsed / 2 ** 30).toFixed(1);
      return `page tables do not fit in the 4 GiB that WebAssembly can address, of which ${gib} are used; want a larger --page-size`;
    }
  }
}
