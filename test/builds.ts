import type { CompiledCore } from "../src/engine/core.js";
import { compileCore } from "../src/engine/wasm.js";

/** The builds that every test of the core runs on. */
export const BUILDS = ["release", "debug"] as const;

const modules = new Map<string, Promise<CompiledCore>>();

export function buildOf(name: string): Promise<CompiledCore> {
  const found = modules.get(name) ?? compileCore(new URL(`../build/${name}.wasm`, import.meta.url));
  modules.set(name, found);
  return found;
}

/** Cases of a property: few in the normal tests, many in the full ones. */
export function runs(normal: number, full: number): number {
  return process.env["PAGEWALK_FULL"] ? full : normal;
}
