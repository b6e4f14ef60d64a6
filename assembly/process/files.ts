// File objects: a size, and the pages of it that are cached. What anonymous shared mappings map is a file object too, without a name.

import { freeBlock, takeBlock } from "../base/blocks";
import { PageMap, newPageMap } from "../paging/pagemap";

/** log2 of the struct's bytes. */
const BITS: u32 = 6;

@unmanaged
export class FileObject {
  /** In bytes. */
  size: u64;
  /** The pages of it that exist in memory or in swap, by index; and, where contents are kept, blocks of those on disk. */
  cache: PageMap;
  disk: PageMap;
  /** Mappings (VMAs) and the name that keep it. */
  users: u32;
  readOnly: bool;
  /** It has no name: memory that is shared, and goes to swap. */
  anonymous: bool;
  /** The host's number of its name. */
  name: u32;
}

/** A file object of `size` bytes, or null when memory is used up. */
export function newFile(size: u64, readOnly: bool, anonymous: bool, name: u32): FileObject | null {
  const at = takeBlock(BITS);
  const cache = newPageMap();
  const disk = newPageMap();
  if (!at || !cache || !disk) return null;
  const file = changetype<FileObject>(at);
  file.size = size;
  file.cache = cache;
  file.disk = disk;
  file.users = 1;
  file.readOnly = readOnly;
  file.anonymous = anonymous;
  file.name = name;
  return file;
}

/** One mapping or name less keeps a file; with the last it goes. */
export function releaseFile(file: FileObject): void {
  if (--file.users) return;
  freeBlock(changetype<usize>(file), BITS);
}
