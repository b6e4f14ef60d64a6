import type { ZipFile } from "yauzl";
import type { RandomAccess } from "../bytes.js";

/** Reads a zip archive's structure, zip64 included. @throws Error if it is broken */
export async function openArchive(bytes: RandomAccess): Promise<ZipFile> {
  const { default: yauzl } = await import("yauzl");
  class Reader extends yauzl.RandomAccessReader {
    override read(
      buffer: Buffer,
      offset: number,
      length: number,
      position: number,
      callback: (error: Error | null, count?: number) => void,
    ): void {
      let found: Uint8Array;
      try {
        found = bytes.read(position, length);
      } catch (thrown) {
        callback(thrown as Error);
        return;
      }
      buffer.set(found, offset);
      callback(null, found.length);
    }

    override close(callback: (error: Error | null) => void): void {
      callback(null);
    }
  }
  return yauzl.fromRandomAccessReaderPromise(new Reader(), bytes.size, {
    autoClose: false,
    lazyEntries: true,
    decodeStrings: false,
  });
}
