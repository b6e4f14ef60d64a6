import { PagewalkError } from "../../errors.js";
import type { Destination } from "../sink.js";

/** Whoever read standard output has gone away: there is nobody to write for, and nothing wrong. */
export class NobodyReads extends Error {}

/** Standard output. Writing throws NobodyReads when its reader has gone. */
export function stdoutDestination(): Destination {
  let bytes = 0;
  return {
    get bytes() {
      return bytes;
    },
    write(part) {
      bytes += part.length;
      return new Promise((resolve, reject) => {
        const failed = (error: NodeJS.ErrnoException) => {
          if (error.code === "EPIPE") reject(new NobodyReads());
          else reject(new PagewalkError("E_OUTPUT", `standard output cannot be written: ${error.message}`));
        };
        process.stdout.once("error", failed);
        process.stdout.write(part, (error) => {
          process.stdout.off("error", failed);
          if (error) failed(error);
          else resolve();
        });
      });
    },
    async end() {},
    async discard() {},
  };
}
