import { messageOf, PagewalkError } from "../errors.js";
import type { CompiledCore } from "./core.js";

/** The core that ships with the package. */
const RELEASE = new URL("../../build/release.wasm", import.meta.url);

const isNode = typeof process !== "undefined" && Boolean(process.versions?.node);

/**
 * Compiles the core, once a call. Node reads the file, everything else fetches it; a bundler finds it by
 * the URL above. Compile it once and hand the module to every `Machine.create` to share it.
 *
 * @throws PagewalkError `E_INTERNAL` if the file is missing or does not compile
 */
export async function compileCore(url: URL = RELEASE): Promise<CompiledCore> {
  try {
    if (isNode && url.protocol === "file:") {
      const { readFile } = await import("node:fs/promises");
      return await WebAssembly.compile(await readFile(url));
    }
    return await WebAssembly.compileStreaming(fetch(url));
  } catch (thrown) {
    throw new PagewalkError("E_INTERNAL", `the core ${url.href} does not load: ${messageOf(thrown)}`);
  }
}
