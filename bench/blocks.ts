import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";
import { convert, openTrace } from "pagewalk";
import type { Core } from "../src/engine/core.js";
import { layout } from "./inside.js";

/** A trace as a native file in a folder of its own. */
export async function nativeFile(path: string): Promise<{ path: string; bytes: number; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), "pagewalk-bench-"));
  const file = join(folder, "trace.pagewalk");
  const { output } = await convert(openTrace(path), file);
  return { path: file, bytes: output.bytes, remove: () => rmSync(folder, { recursive: true }) };
}

interface Block {
  records: number;
  entries: number;
  dictionary: Uint8Array;
  tokens: Uint8Array;
  data: Uint8Array;
}

/** The unpacked blocks of a native file, to be decoded from memory. */
export class Blocks {
  readonly records: number;
  /** Of the unpacked blocks. */
  readonly bytes: number;
  private readonly core: Core;
  private readonly blocks: Block[];

  constructor(core: Core, path: string) {
    this.core = core;
    this.blocks = blocksOf(readFileSync(path), core.enums.Native.EntryBytes);
    this.records = this.blocks.reduce((sum, { records }) => sum + records, 0);
    this.bytes = this.blocks.reduce(
      (sum, { dictionary, tokens, data }) => sum + dictionary.length + tokens.length + data.length,
      0,
    );
  }

  /** Decodes all of them, as the reader does. */
  decode(): void {
    const { exports, enums } = this.core;
    const window = this.core.window();
    for (const { records, entries, dictionary, tokens, data } of this.blocks) {
      window.set(dictionary, enums.Native.DictionaryAt);
      window.set(tokens, enums.Native.TokensAt);
      window.set(data, enums.Native.DataAt);
      const status = exports.decodeBlock(records, entries, data.length);
      if (status !== enums.Status.Ok) throw new Error(`decodeBlock: status ${status}`);
    }
  }
}

function blocksOf(file: Uint8Array, entryBytes: number): Block[] {
  const blocks: Block[] = [];
  let at = layout.HEADER_BYTES + (layout.readHeader(file)?.metaBytes ?? 0);
  for (let header = layout.readBlockHeader(file.subarray(at)); header; ) {
    const { packed, packing, records, entries, data } = header;
    const from = at + layout.BLOCK_BYTES;
    const bytes = file.subarray(from, from + packed);
    const unpacked = packing === layout.DEFLATE ? inflateRawSync(bytes) : bytes;
    const dictionary = unpacked.subarray(0, entries * entryBytes);
    const tokens = unpacked.subarray(dictionary.length, dictionary.length + records);
    const start = dictionary.length + records;
    blocks.push({ records, entries, dictionary, tokens, data: unpacked.subarray(start, start + data) });
    at = from + packed;
    header = layout.readBlockHeader(file.subarray(at));
  }
  return blocks;
}
