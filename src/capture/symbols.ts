import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { SourcePlace } from "../trace/events.js";
import type { Module } from "./ring.js";

/** Programs that are kept running, a module each. */
const KEPT = 16;

/** Finds source lines by `addr2line`, where a module has debug information. */
export class Symbols {
  private readonly helpers = new Map<string, Helper>();
  /** `addr2line` could not be started. */
  missing = false;

  /**
   * The places of the calls that return to these addresses. Without debug information a place is MODULE+0xOFFSET, line 0.
   */
  async places(calls: readonly { ip: number; module: Module | undefined }[]): Promise<SourcePlace[]> {
    const lines = calls.map(({ ip, module }) => {
      if (!module?.path.startsWith("/")) return undefined;
      return this.helper(module.path).ask(ip - 1 - module.base);
    });
    const found = await Promise.all(lines);
    return calls.map(({ ip, module }, i) => placeOf(found[i]) ?? unknown(ip, module));
  }

  close(): void {
    for (const helper of this.helpers.values()) helper.close();
    this.helpers.clear();
  }

  private helper(path: string): Helper {
    const known = this.helpers.get(path);
    if (known) {
      // Behind all others: the first is the one that was not asked for longest.
      this.helpers.delete(path);
      this.helpers.set(path, known);
      return known;
    }
    for (const [name, oldest] of this.helpers) {
      if (this.helpers.size < KEPT) break;
      oldest.close();
      this.helpers.delete(name);
    }
    const helper = new Helper(path, () => {
      this.missing = true;
    });
    this.helpers.set(path, helper);
    return helper;
  }
}

/** One `addr2line`: an address a line goes in, a place a line comes out. */
class Helper {
  private readonly child: ChildProcess;
  private readonly lines: Interface | undefined;
  private readonly waiting: ((line: string | undefined) => void)[] = [];
  private ended = false;
  private closing = false;

  constructor(path: string, missing: () => void) {
    // A session of its own, which Ctrl-C does not reach.
    this.child = spawn("addr2line", ["-e", path], { detached: true, stdio: ["pipe", "pipe", "ignore"] });
    const end = () => {
      this.ended = true;
      for (const resolve of this.waiting.splice(0)) resolve(undefined);
    };
    this.child.on("error", () => {
      missing();
      end();
    });
    this.child.stdin?.on("error", () => {});
    if (!this.child.stdout) return;
    this.lines = createInterface({ input: this.child.stdout });
    this.lines.on("line", (line) => {
      this.waiting.shift()?.(line);
      if (this.closing && this.waiting.length === 0) this.child.stdin?.end();
    });
    once(this.lines, "close").then(end, end);
  }

  ask(offset: number): Promise<string | undefined> {
    if (this.ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin?.write(`0x${offset.toString(16)}\n`);
    });
  }

  /** Once it has answered. */
  close(): void {
    this.closing = true;
    if (this.waiting.length === 0) this.child.stdin?.end();
  }
}

function placeOf(line: string | undefined): SourcePlace | undefined {
  const [, file, number] = /^(.+):(\d+|\?)(?: \(discriminator \d+\))?$/.exec(line ?? "") ?? [];
  if (!file || file === "??") return undefined;
  return { file, line: Number(number) || 0 };
}

function unknown(ip: number, module: Module | undefined): SourcePlace {
  const offset = `0x${(ip - 1 - (module?.base ?? 0)).toString(16)}`;
  return { file: module ? `${basename(module.path) || "?"}+${offset}` : offset, line: 0 };
}
