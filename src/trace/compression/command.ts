import { spawn } from "node:child_process";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { PagewalkError, quote } from "../../errors.js";
import type { Chunks } from "../bytes.js";
import { readable } from "../readable.js";

/** Characters of what a command says on its standard error that are kept. */
const SAID = 4096;

/**
 * Sends bytes through a command of the shell. It runs in a process group of its own, so that `close` ends all
 * of a pipeline, and a Ctrl-C is for the reader alone.
 */
export function throughCommand(
  name: string,
  command: string,
  input: Chunks,
): { chunks: Chunks; close(): void } {
  const child = spawn(command, { shell: true, detached: true });
  const ended = once(child, "close") as Promise<[code: number | null, signal: string | null]>;
  const close = () => {
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream.destroy();
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.unref();
    try {
      process.kill(-child.pid, "SIGTERM");
    } catch {
      // It has just ended.
    }
  };
  // Told by `chunks`, which may never ask.
  ended.catch(() => {});

  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-SAID);
  });
  let inputFailure: PagewalkError | undefined;
  pipeline(readable(input), child.stdin).catch((thrown) => {
    // Anything else is the command's way to say that it has read enough.
    if (thrown instanceof PagewalkError) inputFailure = thrown;
  });

  const chunks = async function* (): AsyncGenerator<Uint8Array, undefined> {
    let bytes = 0;
    for await (const chunk of child.stdout) {
      bytes += chunk.length;
      yield chunk;
    }
    const [code, signal] = await ended;
    if (inputFailure) throw inputFailure;
    if (code === 0) return;
    const how = signal ? `was ended by ${signal}` : `failed with exit code ${code}`;
    const last = said.trim().split("\n").at(-1) ?? "";
    const message = `${name}: the command ${quote(command)} ${how} after ${bytes} bytes${last && `: ${quote(last)}`}`;
    const want = "want one that decompresses from standard input to standard output";
    throw new PagewalkError("E_TRACE", `${message}; ${want}`, { file: name, byte: bytes });
  };
  return { chunks: chunks(), close };
}
