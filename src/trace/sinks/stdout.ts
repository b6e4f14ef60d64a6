import { PagewalkError } from "../../errors.js";
import type { Destination } from "../sink.js";

/** Whoever read standard output has gone away: there is nobody to write for, and nothing wrong. */
export class NobodyReads extends Error {}

/** Standard output. Writing throws NobodyReads when its reader has gone. */
export function stdoutDestination(): Destination {
  let bytes = 0;
  // A write that fails says so itself, and then the stream does.
  process.stdout.on("error", () => {});
  return {
    get bytes() {
      return bytes;
    },
    write(part) {
      bytes += part.length;
      return new Promise((resolve, reject) => {
        process.stdout.write(part, (error: NodeJS.ErrnoException | null | undefined) => {
          if (!error) resolve();
          else if (error.code === "EPIPE") reject(new NobodyReads());
          else reject(new PagewalkError("E_OUTPUT", `standard output cannot be written: ${error.message}`));
        });
      });
    },
    async end() {},
    async discard() {},
  };
}
