import type { Chunks } from "../bytes.js";
import { gunzip } from "./gzip.js";
import { unxz } from "./xz.js";
import { unzstd } from "./zstd.js";

/** A compression of a stream that a trace may wear, known by the bytes it starts with. */
export interface Compression {
  name: "gzip" | "zstd" | "xz";
  magic: readonly number[];
  /**
   * Bytes of a file from which a thread of its own is faster (measured: it starts in 60 ms, and then hides all but
   * the slower of decompression and replay). zlib has one anyway.
   */
  threadFrom: number;
  /** Throws on bytes that are broken or end early. */
  decompress(chunks: Chunks): AsyncGenerator<Uint8Array, undefined>;
}

export const COMPRESSIONS: readonly Compression[] = [
  { name: "gzip", magic: [0x1f, 0x8b], threadFrom: Number.POSITIVE_INFINITY, decompress: gunzip },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd], threadFrom: 1 << 22, decompress: unzstd },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], threadFrom: 1 << 20, decompress: unxz },
];

/** The compression of bytes that start so, or undefined. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  return COMPRESSIONS.find(({ magic }) => startsWith(head, magic));
}

/** Whether bytes are a zip archive: a member's header comes first, or in an empty one the end's. */
export function isZip(head: Uint8Array): boolean {
  return startsWith(head, [0x50, 0x4b, 0x03, 0x04]) || startsWith(head, [0x50, 0x4b, 0x05, 0x06]);
}

/** Compressions that are only known by sight, and what reads them (`--decompress-cmd`). */
const FOREIGN: readonly { name: string; magic: readonly number[]; command: string }[] = [
  { name: "bzip2", magic: [0x42, 0x5a, 0x68], command: "bzip2 -dc" },
  { name: "lz4", magic: [0x04, 0x22, 0x4d, 0x18], command: "lz4 -dc" },
  { name: "lzip", magic: [0x4c, 0x5a, 0x49, 0x50, 0x01], command: "lzip -dc" },
  { name: "compress (.Z)", magic: [0x1f, 0x9d], command: "gzip -dc" },
];

/** What to do about bytes in a compression that is not read, or undefined. */
export function foreignHint(head: Uint8Array): string | undefined {
  const found = FOREIGN.find(({ magic }) => startsWith(head, magic));
  return found && `it looks like ${found.name}; --decompress-cmd '${found.command}' reads that`;
}

function startsWith(head: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => head[i] === byte);
}
