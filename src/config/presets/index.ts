import { deepFreeze } from "../../freeze.js";
import type { ConfigInput } from "../model.js";
import { amdZen4 } from "./amd-zen4.js";
import { csappI7 } from "./csapp-i7.js";
import { intelSkylake } from "./intel-skylake.js";

/** Machines by name, each number with its source under `sources`. The first is the default. */
export const presets = deepFreeze({
  "intel-skylake": intelSkylake,
  "amd-zen4": amdZen4,
  "csapp-i7": csappI7,
} as const satisfies Record<string, ConfigInput>);
