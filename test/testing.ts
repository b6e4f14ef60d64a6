// The core's inner kernels, by name: the build of assembly/testing.ts.

import { instantiate } from "@assemblyscript/loader";
import type { instantiate as instantiateRaw } from "../build/testing.js";
import { importsOf, noHooks } from "../src/engine/heap/hooks.js";
import { buildOf } from "./builds.js";

export type Core = Awaited<ReturnType<typeof instantiateRaw>>;

export async function coreWith(build: string): Promise<Core> {
  const { exports } = await instantiate((await buildOf(build)) as WebAssembly.Module, importsOf(noHooks()));
  return exports as unknown as Core;
}

/** The builds of the inner kernels: optimised, and with assertions. */
export const TESTING = ["testing", "testing-debug"] as const;
