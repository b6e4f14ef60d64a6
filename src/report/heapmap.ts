import pc from "picocolors";
import type { HeapMap, MapBlock } from "../heap/map.js";
import { integer, percent, table } from "./format.js";

const COLUMNS = 64;
/** Cells of a picture, at most, and the smallest. */
const CELLS = 24 * COLUMNS;
const SMALLEST = 8;

/** What a cell shows: that of which it has most; of as much of two, the former. */
const SIGNS = ["#", "M", ".", "h"] as const;
type Sign = (typeof SIGNS)[number];
const MEANING: Record<Sign, string> = {
  "#": "asked for",
  M: "mapped by themselves, without what was asked for",
  ".": "free",
  h: "headers, footers, padding",
};

/** A picture of a heap, a character for so many bytes, and what the characters come to. */
export function heapMap(name: string, map: HeapMap): string {
  const heap = map.blocks.filter(({ kind }) => kind !== "mapped");
  const mapped = map.blocks.filter(({ kind }) => kind === "mapped");
  const cell = cellOf(map.grownBytes + map.mmapBytes);
  const where = map.line === undefined ? "" : `, line ${integer(map.line)}`;
  return [
    `${pc.bold(`Heap of ${name}`)} behind operation ${integer(map.operation)}${where}: ${integer(cell)} bytes a character`,
    ...picture(heap, 0, map.grownBytes, cell),
    ...mappedPictures(mapped, cell),
    legend(map),
  ].join("\n");
}

/** The power of two of which there are not too many. */
function cellOf(bytes: number): number {
  let cell = SMALLEST;
  while (bytes / cell > CELLS) cell *= 2;
  return cell;
}

/** Mapped blocks that follow each other make a picture. */
function mappedPictures(mapped: readonly MapBlock[], cell: number): string[] {
  const lines: string[] = [];
  for (let first = 0; first < mapped.length; ) {
    let last = first;
    while (last + 1 < mapped.length && endOf(mapped[last]) === mapped[last + 1]?.offset) last++;
    const from = mapped[first]?.offset ?? 0;
    lines.push("  mapped:", ...picture(mapped.slice(first, last + 1), from, endOf(mapped[last]), cell));
    first = last + 1;
  }
  return lines;
}

function endOf(block: MapBlock | undefined): number {
  return block ? block.offset + block.size : 0;
}

/** [from, to) in lines, each behind its offset. */
function picture(blocks: readonly MapBlock[], from: number, to: number, cell: number): string[] {
  const cells = new Cells(from, Math.ceil((to - from) / cell), cell);
  for (const block of blocks) {
    for (const [sign, start, end] of partsOf(block)) cells.add(sign, start, end);
  }
  const text = cells.signs();
  const width = (to - 1).toString(16).length;
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += COLUMNS) {
    const offset = (from + at * cell).toString(16).padStart(width, "0");
    lines.push(`  ${pc.dim(offset)} |${text.slice(at, at + COLUMNS)}|`);
  }
  return lines;
}

/** A block's parts and where they lie. */
function partsOf({ kind, offset, size, at, payload }: MapBlock): [Sign, number, number][] {
  const end = offset + size;
  if (kind === "free") return [[".", offset, end]];
  const around: Sign = kind === "mapped" ? "M" : "h";
  if (at === undefined || payload === undefined) return [[around, offset, end]];
  return [
    [around, offset, at],
    ["#", at, at + payload],
    [around, at + payload, end],
  ];
}

/** Bytes by what they are, for each cell. */
class Cells {
  private readonly from: number;
  private readonly cell: number;
  private readonly bytes: Float64Array;

  constructor(from: number, count: number, cell: number) {
    this.from = from;
    this.cell = cell;
    this.bytes = new Float64Array(count * SIGNS.length);
  }

  add(sign: Sign, start: number, end: number): void {
    const { from, cell, bytes } = this;
    for (let at = start; at < end; ) {
      const number = Math.floor((at - from) / cell);
      const next = Math.min(end, from + (number + 1) * cell);
      const slot = number * SIGNS.length + SIGNS.indexOf(sign);
      bytes[slot] = (bytes[slot] ?? 0) + next - at;
      at = next;
    }
  }

  signs(): string {
    const { bytes } = this;
    let text = "";
    for (let at = 0; at < bytes.length; at += SIGNS.length) {
      let most = 0;
      for (let sign = 1; sign < SIGNS.length; sign++) {
        if ((bytes[at + sign] ?? 0) > (bytes[at + most] ?? 0)) most = sign;
      }
      text += SIGNS[most];
    }
    return text;
  }
}

function legend({ bytes, grownBytes, mmapBytes }: HeapMap): string {
  const { payload, mapped, free, overhead } = bytes;
  const counts: Record<Sign, number> = { "#": payload, M: mapped, ".": free, h: overhead };
  const sum = grownBytes + mmapBytes;
  const shown = SIGNS.filter((sign) => sign !== "M" || mmapBytes > 0);
  const rows = shown.map((sign) => [
    `${sign}  ${MEANING[sign]}`,
    integer(counts[sign]),
    percent(counts[sign], sum),
  ]);
  const parts = mmapBytes > 0 ? `heap ${integer(grownBytes)}, mapped ${integer(mmapBytes)}` : "the heap";
  return table(
    ["", "bytes", ""],
    [...rows, [`   ${parts}`, integer(payload + mapped + free + overhead), ""]],
  );
}
