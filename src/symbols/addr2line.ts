import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { basename } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { SourcePlace } from "../trace/events.js";
import { isRuntime } from "../trace/runtime.js";

/** Programs that are kept running, a module each. */
const KEPT = 16;

/** A byte of an instruction, and the module that it lies in. */
export interface Code {
  address: number;
  /** What to take away from an address to get that which the file gives. */
  module: { base: number; path: string } | undefined;
}

/** What `addr2line` says of an address. */
interface Answer {
  name: string;
  line: string;
}

/** Finds source lines by `addr2line`, where a module has debug information. */
export class Symbols {
  private readonly helpers = new Map<string, Helper>();
  /** `addr2line` could not be started. */
  missing = false;

  /**
   * The places of instructions. Without debug information, and in the run-time libraries of C and C++, a place is MODULE+0xOFFSET, line 0.
   */
  async places(codes: readonly Code[]): Promise<SourcePlace[]> {
    const asked = codes.map((code) =>
      code.module && isRuntime(code.module.path) ? undefined : this.ask(code),
    );
    const found = await Promise.all(asked);
    return codes.map((code, i) => placeOf(found[i]?.line) ?? offsetOf(code));
  }

  /** The names of the functions that instructions are in; undefined where the module does not tell. */
  async functions(codes: readonly Code[]): Promise<(string | undefined)[]> {
    const found = await Promise.all(codes.map((code) => this.ask(code)));
    return found.map((answer) => (answer && answer.name !== "??" ? answer.name : undefined));
  }

  close(): void {
    for (const helper of this.helpers.values()) helper.close();
    this.helpers.clear();
  }

  private ask({ address, module }: Code): Promise<Answer | undefined> | undefined {
    return module?.path.startsWith("/") ? this.helper(module.path).ask(address - module.base) : undefined;
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

/** One `addr2line`: an address a line goes in, a function and a place come out, a line each. */
class Helper {
  private readonly child: ChildProcess;
  private readonly lines: Interface | undefined;
  private readonly waiting: ((answer: Answer | undefined) => void)[] = [];
  private name: string | undefined;
  private ended = false;
  private closing = false;

  constructor(path: string, missing: () => void) {
    // A session of its own, which Ctrl-C does not reach.
    this.child = spawn("addr2line", ["-f", "-e", path], {
      detached: true,
      stdio: ["pipe", "pipe", "ignore"],
    });
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
    this.lines.on("line", (line) => this.said(line));
    once(this.lines, "close").then(end, end);
  }

  ask(address: number): Promise<Answer | undefined> {
    if (this.ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.child.stdin?.write(`0x${address.toString(16)}\n`);
    });
  }

  /** Once it has answered. */
  close(): void {
    this.closing = true;
    if (this.waiting.length === 0) this.child.stdin?.end();
  }

  private said(line: string): void {
    const { name } = this;
    if (name === undefined) {
      this.name = line;
      return;
    }
    this.name = undefined;
    this.waiting.shift()?.({ name, line });
    if (this.closing && this.waiting.length === 0) this.child.stdin?.end();
  }
}

function placeOf(line: string | undefined): SourcePlace | undefined {
  const [, file, number] = /^(.+):(\d+|\?)(?: \(discriminator \d+\))?$/.exec(line ?? "") ?? [];
  if (!file || file === "??") return undefined;
  return { file, line: Number(number) || 0 };
}

/** MODULE+0xOFFSET, or the address where it lies in none. */
export function offsetOf({ address, module }: Code): SourcePlace {
  const offset = `0x${(address - (module?.base ?? 0)).toString(16)}`;
  return { file: module ? `${basename(module.path) || "?"}+${offset}` : offset, line: 0 };
}
