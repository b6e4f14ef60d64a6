// Compressed files that hold their content as it is: as large as a test wants, without a compressor.

import { crc32 } from "node:zlib";

/** A zstd frame of raw blocks, without a checksum (RFC 8878, 3.1.1). */
export function storedZstd(content: Uint8Array): Buffer {
  const blocks = cut(content, 1 << 17).map((block, i, all) => {
    const isLast = i === all.length - 1 ? 1 : 0;
    return [le((block.length << 3) | isLast, 3), block];
  });
  const windowOf128K = 0x38;
  return Buffer.concat([le(0xfd2fb528, 4), Buffer.from([0, windowOf128K]), ...blocks.flat()]);
}

/** An xz stream of one block of uncompressed LZMA2 chunks, with a CRC-32 (the .xz file format 1.2.0, 2 and 3). */
export function storedXz(content: Uint8Array): Buffer {
  const flags = Buffer.from([0, 1]);
  const header = Buffer.concat([Buffer.from("\xfd7zXZ\0", "latin1"), flags, le(crc32(flags), 4)]);
  const dictionaryOf64K = 8;
  const blockHeader = checked(Buffer.from([2, 0, 0x21, 1, dictionaryOf64K, 0, 0, 0]));
  const chunks = cut(content, 1 << 16).map((chunk, i) => {
    const size = chunk.length - 1;
    return Buffer.concat([Buffer.from([i === 0 ? 1 : 2, size >> 8, size & 0xff]), chunk]);
  });
  const data = Buffer.concat([...chunks, Buffer.of(0)]);
  const unpadded = blockHeader.length + data.length + 4;
  const index = checked(padded(Buffer.from([0, 1, ...varint(unpadded), ...varint(content.length)])));
  const tail = Buffer.concat([le(index.length / 4 - 1, 4), flags]);
  const footer = Buffer.concat([le(crc32(tail), 4), tail, Buffer.from("YZ")]);
  return Buffer.concat([header, blockHeader, padded(data), le(crc32(content), 4), index, footer]);
}

function cut(content: Uint8Array, size: number): Uint8Array[] {
  const count = Math.ceil(content.length / size);
  return Array.from({ length: count }, (_, i) => content.subarray(i * size, (i + 1) * size));
}

function le(value: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(-bytes.length & 3)]);
}

function checked(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, le(crc32(bytes), 4)]);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(Math.floor(value / 128))];
}
