import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Columns } from "./columns.js";

const SOURCE = new URL("../../../bench/native/replay.c", import.meta.url).pathname;

/** What the C reference counts, summed over its rounds. */
export interface NativeCounts {
  lookups: number[];
  l1Misses: number[];
  l2Misses: number[];
  crossings: number;
  pteReads: number;
  assists: number;
  dirty: number;
  touched: number;
  tables: number;
}

/** The C reference, compiled for this machine, with a trace in a file. */
export class NativeReplay {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** undefined where there is no C compiler. */
  static compile(columns: Columns): NativeReplay | undefined {
    const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
    const program = join(folder, "replay");
    const compiler = ["cc", "gcc", "clang"].find((name) => spawnSync(name, ["--version"]).status === 0);
    if (!compiler) {
      rmSync(folder, { recursive: true });
      return undefined;
    }
    execFileSync(compiler, ["-std=c11", "-O3", "-march=native", "-o", program, SOURCE]);
    const header = new BigUint64Array([BigInt(columns.infos.length)]);
    const bytes = (array: BigUint64Array | Uint32Array) =>
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    writeFileSync(
      join(folder, "trace"),
      Buffer.concat([header, columns.addresses, columns.infos].map(bytes)),
    );
    return new NativeReplay(folder);
  }

  /** Replays the trace some times in one process: milliseconds of each, and the counts of all. */
  run(rounds: number): { milliseconds: number[]; counts: NativeCounts } {
    const output = execFileSync(join(this.folder, "replay"), [join(this.folder, "trace"), String(rounds)], {
      encoding: "utf8",
    });
    const lines = output.trim().split("\n");
    const counts = JSON.parse(lines.pop() ?? "{}") as NativeCounts;
    return { milliseconds: lines.map((line) => Number(line) / 1e6), counts };
  }

  close(): void {
    rmSync(this.folder, { recursive: true });
  }
}
