import { mkdirSync, readdirSync } from "node:fs";
import { expect } from "vitest";
import { type Folder, type Outcome, pagewalk } from "../cli/pagewalk.js";

/** Captures into a folder, with places of its own for temporary files and the recorder. */
export class Capturing {
  readonly out: string;
  readonly env: NodeJS.ProcessEnv;
  private readonly temporary: string;

  constructor(folder: Folder, name: string) {
    this.out = folder.at(`${name}.pagewalk`);
    this.temporary = folder.at(`${name}-tmp`);
    mkdirSync(this.temporary);
    this.env = { TMPDIR: this.temporary, XDG_CACHE_HOME: folder.at("cache") };
  }

  run(flags: string[], program: string[], stdin?: string): Promise<Outcome> {
    const args = ["capture", "-o", this.out, ...flags, "--", ...program];
    return pagewalk(args, { env: this.env, ...(stdin === undefined ? {} : { stdin }) });
  }

  /** The trace as lines of a scenario. */
  async lines(): Promise<string[]> {
    const { code, stdout, stderr } = await pagewalk(["convert", this.out, "-", "--to", "scenario"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    return stdout.split("\n");
  }

  /** The events: without regions and what the allocator does, and without accesses between them. */
  async events(): Promise<string[]> {
    const lines = await this.lines();
    return lines.filter((line) => /^[a-z]/.test(line) && !/^(region|allocator) /.test(line));
  }

  /** Nothing is left of the capture but its file. */
  expectTidy(): void {
    expect(readdirSync(this.temporary)).toEqual([]);
  }
}

/** Lines of allocations with files by their last names and blocks by the order in which they appear. */
export function numbered(lines: string[]): string[] {
  const blocks = new Map<string, string>();
  let count = 0;
  return lines.map((line) => {
    const words = line.split(" ");
    const fresh = words[0] === "realloc" ? 2 : words[0] === "free" ? -1 : 1;
    const at = words.indexOf("at");
    return words
      .map((word, i) => {
        if (i > at && at > 0) return word.replace(/^.*\//, "");
        if (!word.startsWith("0x")) return word;
        if (i === fresh) blocks.set(word, `#${++count}`);
        return blocks.get(word) ?? word;
      })
      .join(" ");
  });
}

/** Lines of calls in a source file. */
export function callsIn(lines: string[], file: string): string[] {
  return lines.filter((line) => line.includes(`/${file}:`));
}

/** What a program would find wrong that keeps account of its blocks; within one process. */
export function faultsOf(lines: string[]): string[] {
  const live = new Set<string>();
  return lines.filter((line) => {
    const [what = "", id = "", next = ""] = line.split(" ");
    const isRelease = what === "free" || what === "realloc";
    const wrong = isRelease && !live.delete(id);
    const made = what === "realloc" ? next : what === "free" ? undefined : id;
    if (made === undefined) return wrong;
    const twice = live.has(made);
    live.add(made);
    return wrong || twice;
  });
}
