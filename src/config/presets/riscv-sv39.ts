import type { ConfigInput } from "../model.js";

const MANUAL = "SiFive U74 Core Complex Manual (21G1), chapter on the U7 core, memory management unit";

/** A RISC-V part with Sv39: SiFive's U74 (FU740 at 1.2 GHz). */
export const riscvSv39: ConfigInput = {
  name: "riscv-sv39",
  description: "RISC-V with Sv39: SiFive U74 (FU740, 1.2 GHz)",
  pageTable: { format: "sv39" },
  tlb: [
    { name: "l1i", level: 1, kinds: ["instruction"], pageSizes: ["4K", "2M", "1G"], entries: 40, ways: 40 },
    { name: "l1d", level: 1, kinds: ["load", "store"], pageSizes: ["4K", "2M", "1G"], entries: 40, ways: 40 },
    { name: "l2", level: 2, pageSizes: ["4K"], entries: 512, ways: 1, latency: 3 },
  ],
  walkCache: [],
  latency: { memory: 150, minorFault: 1500, majorFault: 120_000 },
  sources: {
    "tlb.l1i": `${MANUAL}: 40 entries, fully associative; so says Linux's device tree of the part, fu740-c000.dtsi (i-tlb-size 40, one set)`,
    "tlb.l1d": `${MANUAL}; the device tree (d-tlb-size 40, one set)`,
    "tlb.l2": `${MANUAL}: 512 entries, direct-mapped. That it holds 4K pages alone is an assumption`,
    "tlb.l2.latency": "not published; an assumption",
    policy: "LRU is an assumption: the manual names none",
    walkCache: "none: the manual names none",
    "latency.memory": "assumed: 125 ns at 1.2 GHz",
    "latency.minorFault": "assumed: more than intel-skylake's time, for an in-order core",
    "latency.majorFault": "assumed: 100 microseconds, a read from an NVMe disk, at 1.2 GHz",
  },
};
