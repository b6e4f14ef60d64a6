import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, writeFile } from "node:fs";
import { Socket } from "node:net";
import { messageOf, PagewalkError } from "../errors.js";

/** Written behind all that came from the program; no line of lackey's has a zero byte. */
const END = Buffer.from("\0end of the log\0\n");

/**
 * A named pipe, of which both ends are held. So its end can be told, whoever still has it open: the program's own
 * children inherit it.
 */
export class Fifo {
  readonly path: string;
  private readonly reading: number;
  private readonly writing: number;
  private ending = false;

  /** @throws PagewalkError `E_OUTPUT` */
  constructor(path: string) {
    this.path = path;
    try {
      execFileSync("mkfifo", ["-m", "600", path], { stdio: "pipe" });
      this.reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      this.writing = openSync(path, constants.O_WRONLY);
    } catch (thrown) {
      throw new PagewalkError("E_OUTPUT", `${path}: no named pipe can be made: ${messageOf(thrown)}`);
    }
  }

  /** To be called when nobody writes any more. */
  end(): void {
    this.ending = true;
    // Waits for room in another thread.
    writeFile(this.writing, END, () => closeSync(this.writing));
  }

  async *chunks(): AsyncGenerator<Uint8Array, undefined> {
    const socket = new Socket({ fd: this.reading, readable: true, writable: false });
    let tail = Buffer.alloc(0);
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      if (!this.ending) {
        yield chunk;
        continue;
      }
      // No more than a pipe holds.
      tail = Buffer.concat([tail, chunk]);
      if (tail.subarray(-END.length).equals(END)) break;
    }
    const ended = tail.subarray(-END.length).equals(END);
    yield ended ? tail.subarray(0, -END.length) : tail;
  }
}
