import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Columns } from "./columns.js";

const PREFIXES = ["I  ", " L ", " S ", " M "];

/** A trace as lackey's text in a file of its own, repeated or cut to a number of records. */
export async function lackeyFile(
  { addresses, infos }: Columns,
  records: number,
): Promise<{ path: string; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
  const path = join(folder, "trace.lackey");
  const file = createWriteStream(path);
  for (let from = 0; from < records; from += 100_000) {
    const lines: string[] = [];
    for (let i = from; i < Math.min(from + 100_000, records); i++) {
      const info = infos[i % infos.length] ?? 0;
      const va = (addresses[i % infos.length] ?? 0n).toString(16).padStart(8, "0");
      lines.push(`${PREFIXES[(info >> 4) & 3]}${va},${(info >>> 12) + 1}\n`);
    }
    if (!file.write(lines.join("")))
      await new Promise((resolve) => file.once("drain", () => resolve(undefined)));
  }
  file.end();
  await finished(file);
  return { path, remove: () => rmSync(folder, { recursive: true }) };
}

/** Counts the records of a text by kind, in plain JavaScript over a Buffer: what the decoder is held against. */
export function countInJavaScript(text: Buffer): number {
  let records = 0;
  let sum = 0;
  for (let at = 0; at < text.length; ) {
    const first = text[at] ?? 0;
    let va = 0;
    let i = at + 3;
    for (let digit = text[i] ?? 0; digit !== 0x2c && digit !== 0x0a; digit = text[++i] ?? 0) {
      va = va * 16 + (digit < 0x3a ? digit - 0x30 : digit - 0x57);
    }
    let size = 0;
    for (let digit = text[++i] ?? 0; digit !== 0x0a && i < text.length; digit = text[++i] ?? 0) {
      size = size * 10 + digit - 0x30;
    }
    if (first !== 0x3d) records++;
    sum += va + size;
    at = i + 1;
  }
  return Number.isFinite(sum) ? records : 0;
}
