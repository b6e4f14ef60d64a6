import { readdirSync } from "node:fs";
import { join } from "node:path";
import { Ring } from "./ring.js";

/** The rings of all processes, as their recorders make them: PID.N.ring in the folder. */
export class Rings {
  /** Allocations that gave NULL, and events that recorders gave up. */
  failed = 0;
  lost = 0;
  /** Rings found so far. */
  found = 0;
  private readonly folder: string;
  private readonly rings = new Map<number, Ring[]>();

  constructor(folder: string) {
    this.folder = folder;
  }

  get processes(): number[] {
    return [...this.rings.keys()];
  }

  /** Opens those that are new. */
  look(): void {
    for (const { process, path } of numbered(this.folder, "ring")) {
      const ring = Ring.open(path);
      if (!ring) continue;
      this.found++;
      const rings = this.rings.get(process) ?? [];
      const before = rings.at(-1);
      if (ring.continues && before) ring.follow(before);
      this.rings.set(process, [...rings, ring]);
    }
  }

  /** The ring of what the process runs: a program that it became has a new one. */
  of(process: number): Ring | undefined {
    const rings = this.rings.get(process) ?? [];
    while (rings.length > 1 && rings[0]?.isEmpty) this.drop(rings.shift());
    return rings[0];
  }

  /** Lets go of the rings of a process that has ended. */
  close(process: number): void {
    for (const ring of this.rings.get(process) ?? []) this.drop(ring);
    this.rings.delete(process);
  }

  closeAll(): void {
    for (const process of this.processes) this.close(process);
  }

  private drop(ring: Ring | undefined): void {
    if (!ring) return;
    this.failed += ring.failed;
    this.lost += ring.lost;
    ring.close();
  }
}

export interface Numbered {
  process: number;
  number: number;
  path: string;
}

/** Files PID.N.END of a folder, by number. */
export function numbered(folder: string, end: string): Numbered[] {
  return readdirSync(folder)
    .flatMap((name) => {
      const [, process, number, found] = /^(\d+)\.(\d+)\.(\w+)$/.exec(name) ?? [];
      if (found !== end) return [];
      return [{ process: Number(process), number: Number(number), path: join(folder, name) }];
    })
    .sort((a, b) => a.number - b.number);
}
