import { readFileSync } from "node:fs";
import { Heap, type HeapStats } from "pagewalk";

/** What the malloc lab's textbook allocators came to on a trace of one, and what a tuned one must reach. */
export interface HeapCase {
  trace: string;
  operations: number;
  peakPayload: number;
  /** Bytes of the heap, by policy. */
  heapBytes: Record<string, number>;
  /** Utilisation in percent, two digits, that `tuned` must not stay below. */
  tuned: number;
}

function bytes(first: number, next: number, best: number): Record<string, number> {
  return { "csapp-implicit-first": first, "csapp-implicit-next": next, "csapp-implicit-best": best };
}

export const heapCases: HeapCase[] = [
  {
    trace: "cc1.rep",
    operations: 33_390,
    peakPayload: 2_968_259,
    heapBytes: bytes(3_036_960, 3_419_344, 3_036_608),
    tuned: 98.04,
  },
  {
    trace: "perl.rep",
    operations: 46_631,
    peakPayload: 896_282,
    heapBytes: bytes(948_176, 982_664, 952_272),
    tuned: 94.83,
  },
  {
    trace: "gawk.rep",
    operations: 490,
    peakPayload: 936_272,
    heapBytes: bytes(951_536, 951_536, 951_536),
    tuned: 98.57,
  },
  {
    trace: "gitlog.rep",
    operations: 3258,
    peakPayload: 23_673_536,
    heapBytes: bytes(24_250_384, 24_262_904, 24_246_280),
    tuned: 99.99,
  },
];

/** Replays a trace of the malloc lab, call by call. */
export async function replayRep(path: string, policy: string): Promise<HeapStats> {
  const heap = await Heap.create(policy);
  const pointers = new Map<string, number>();
  for (const line of readFileSync(path, "utf8").trim().split("\n").slice(4)) {
    const [verb, id = "", size] = line.split(" ");
    const pointer = pointers.get(id) ?? 0;
    if (verb === "f") heap.free(pointer);
    else pointers.set(id, verb === "a" ? heap.malloc(Number(size)) : heap.realloc(pointer, Number(size)));
    if (verb === "f") pointers.delete(id);
  }
  const fault = heap.validate();
  if (fault !== null) throw new Error(`${path}, ${policy}: ${fault}`);
  return heap.stats();
}
