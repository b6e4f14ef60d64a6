// What pages hold, and where it lies: in a frame, in a slot of swap, in a file, or nowhere.

import type { Entry } from "./space.js";

/** The content of one page: anonymous, of a file, or of shared anonymous memory, which is a file without a name. */
export class Page {
  readonly file: FileObject | undefined;
  readonly index: number;
  /** In a frame; undefined where the page is in none. */
  bytes: Uint8Array | undefined;
  /** In swap, of which the page keeps its copy as long as it is clean. */
  slot: number | undefined;
  isDirty = false;
  /** It was evicted, and did not come back. */
  hasLeft = false;
  /** Of anonymous pages every mapping; of a file's those that are present. */
  readonly mappings = new Set<Entry>();

  constructor(file?: FileObject, index = 0) {
    this.file = file;
    this.index = index;
  }

  get isResident(): boolean {
    return this.bytes !== undefined;
  }

  get isLocked(): boolean {
    return [...this.mappings].some((entry) => entry.isPresent && entry.attributes.flags.has("locked"));
  }

  /** Whether it is written to swap, and not to a file. */
  get isSwapped(): boolean {
    return this.file?.name === undefined;
  }
}

/** A file, or shared anonymous memory. */
export class FileObject {
  /** undefined: shared anonymous memory. */
  readonly name: string | undefined;
  size: number;
  /** How it was opened last; undefined once it is closed. */
  mode: "rw" | "ro" | "wo" | undefined;
  readonly pages = new Map<number, Page>();
  /** Pages of a named file that were evicted, and did not come back. */
  readonly left = new Set<number>();
  /** Pages mapped, in all address spaces. */
  mapped = 0;
  /** Of shared anonymous memory: whether it was promised. */
  isCharged = false;
  private readonly pageSize: number;
  private readonly disk = new Map<number, Uint8Array>();

  constructor(name: string | undefined, size: number, pageSize: number) {
    this.name = name;
    this.size = size;
    this.mode = "rw";
    this.pageSize = pageSize;
  }

  /** Pages, the last of which may be whole or a part. */
  get length(): number {
    return Math.ceil(this.size / this.pageSize);
  }

  read(index: number): Uint8Array {
    return this.disk.get(index)?.slice() ?? new Uint8Array(this.pageSize);
  }

  /** What lies past the end never reaches the file. */
  write(index: number, bytes: Uint8Array): void {
    const kept = new Uint8Array(this.pageSize);
    kept.set(bytes.subarray(0, Math.max(0, this.size - index * this.pageSize)));
    this.disk.set(index, kept);
  }

  erase(index: number): void {
    this.disk.delete(index);
  }

  /** Changes the size. Bytes of the last page that lie past the smaller of both ends become 0. */
  resize(size: number): void {
    const end = Math.min(size, this.size);
    const index = Math.floor(end / this.pageSize);
    const tail = end % this.pageSize;
    if (tail > 0) {
      this.disk.get(index)?.fill(0, tail);
      this.pages.get(index)?.bytes?.fill(0, tail);
    }
    for (const page of this.disk.keys()) if (page * this.pageSize >= end) this.disk.delete(page);
    for (const page of this.left) if (page >= Math.ceil(size / this.pageSize)) this.left.delete(page);
    this.size = size;
  }
}
