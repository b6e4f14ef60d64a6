import { deepFreeze } from "../../freeze.js";
import type { ConfigInput } from "../model.js";
import { amdZen4 } from "./amd-zen4.js";
import { appleM1 } from "./apple-m1.js";
import { armNeoverseV2 } from "./arm-neoverse-v2.js";
import { csappI7 } from "./csapp-i7.js";
import { csappSmall } from "./csapp-small.js";
import { intelGoldenCove } from "./intel-golden-cove.js";
import { intelSkylake } from "./intel-skylake.js";
import { riscvSv39 } from "./riscv-sv39.js";

/** Machines by name, each number with its source under `sources`. The first is the default. */
export const presets = deepFreeze({
  "intel-skylake": intelSkylake,
  "intel-golden-cove": intelGoldenCove,
  "amd-zen4": amdZen4,
  "arm-neoverse-v2": armNeoverseV2,
  "apple-m1": appleM1,
  "riscv-sv39": riscvSv39,
  "csapp-i7": csappI7,
  "csapp-small": csappSmall,
} as const satisfies Record<string, ConfigInput>);
