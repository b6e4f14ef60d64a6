import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** What memcheck says of a program, as far as it is of the heap: each finding once, by lines of one source file. */
export interface Memcheck {
  /** `read LINE`, `write LINE` or `free LINE`, then the lines of the block's allocation and, where it was freed, of that. */
  errors: string[];
  /** Of blocks that were not freed: `LINE: BYTES in BLOCKS`. */
  left: string[];
}

const KINDS: Record<string, string> = { InvalidRead: "read", InvalidWrite: "write", InvalidFree: "free" };

/** Runs a program under memcheck. */
export function memcheck(program: string, source: string, log: string): Memcheck {
  const args = ["--quiet", "--leak-check=full", "--show-leak-kinds=all", "--xml=yes", `--xml-file=${log}`];
  execFileSync("valgrind", [...args, program], { stdio: "ignore" });
  const xml = readFileSync(log, "utf8");
  const errors = new Set<string>();
  const left = new Map<number, { bytes: number; blocks: number }>();
  for (const error of partsOf(xml, "error")) {
    const kind = partsOf(error, "kind")[0] ?? "";
    // The access first, then where the block was freed and allocated.
    const [first = 0, ...others] = partsOf(error, "stack").map((stack) => lineOf(stack, source));
    if (KINDS[kind]) errors.add([KINDS[kind], first, ...others.reverse()].join(" "));
    if (!kind.startsWith("Leak_")) continue;
    const site = left.get(first) ?? { bytes: 0, blocks: 0 };
    site.bytes += Number(partsOf(error, "leakedbytes")[0]);
    site.blocks += Number(partsOf(error, "leakedblocks")[0]);
    left.set(first, site);
  }
  return { errors: [...errors].sort(), left: [...left].map(([line, site]) => leftOver(line, site)).sort() };
}

export function leftOver(line: number, { bytes, blocks }: { bytes: number; blocks: number }): string {
  return `${line}: ${bytes} in ${blocks}`;
}

/** What stands in the elements of a name. */
function partsOf(xml: string, name: string): string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, "gs"))].map(([, inner = ""]) => inner);
}

/** The line of the innermost frame that is of the file; 0: none. */
function lineOf(stack: string, source: string): number {
  const frame = partsOf(stack, "frame").find((each) => partsOf(each, "file")[0] === source) ?? "";
  return Number(partsOf(frame, "line")[0] ?? 0);
}
