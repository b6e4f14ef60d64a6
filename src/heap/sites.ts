import { isRuntimePlace } from "../trace/runtime.js";

/** A block that is live, and where it was allocated, or reallocated last. */
export interface Allocated {
  slot: number;
  /** Bytes that were asked for. */
  size: number;
  /** FILE:LINE, or FILE where no line is known; null: the trace names no place. */
  at: string | null;
  /** The line of the trace; 0: it has none. */
  line: number;
  /** One of the run-time libraries of C and C++ allocated it for itself. */
  isRuntime: boolean;
}

type Place = Pick<Allocated, "at" | "isRuntime">;

/** The live blocks that a process allocated itself. What it has from the process that forked is that one's to free. */
export class Sites {
  private readonly blocks: ({ size: number; place: Place; line: number } | undefined)[] = [];
  private readonly places = new Map<string, Place>();

  /** A block is allocated. @param file empty: the trace names none @param line of the trace */
  add(slot: number, size: number, file: string, fileLine: number, line: number): void {
    this.blocks[slot] = { size, place: this.placeOf(file, fileLine), line };
  }

  remove(slot: number): void {
    this.blocks[slot] = undefined;
  }

  live(): Allocated[] {
    return this.blocks.flatMap((block, slot) => {
      return block ? [{ slot, size: block.size, ...block.place, line: block.line }] : [];
    });
  }

  private placeOf(file: string, line: number): Place {
    const at = line > 0 ? `${file}:${line}` : file;
    const known = this.places.get(at);
    if (known) return known;
    const place = { at: at === "" ? null : at, isRuntime: isRuntimePlace({ file, line }) };
    this.places.set(at, place);
    return place;
  }
}
