import type { Chunks } from "../bytes.js";
import { gunzip } from "./gzip.js";
import { unxz } from "./xz.js";
import { unzstd } from "./zstd.js";

/** A compression that a trace may wear, known by the bytes it starts with. */
export interface Compression {
  name: "gzip" | "zstd" | "xz";
  magic: readonly number[];
  /** Throws on bytes that are broken or end early. */
  decompress(chunks: Chunks): AsyncGenerator<Uint8Array, undefined>;
}

export const COMPRESSIONS: readonly Compression[] = [
  { name: "gzip", magic: [0x1f, 0x8b], decompress: gunzip },
  { name: "zstd", magic: [0x28, 0xb5, 0x2f, 0xfd], decompress: unzstd },
  { name: "xz", magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], decompress: unxz },
];

/** The compression of bytes that start so, or undefined. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  return COMPRESSIONS.find(({ magic }) => magic.every((byte, i) => head[i] === byte));
}
