import type { HeapPolicy } from "../../../src/heap/policy.js";

interface Area {
  start: number;
  bytes: number;
  used: boolean;
}

const PAGE = 4096;

/** Blocks that are mapped by themselves: areas of pages from the limit downwards, and holes between them. */
export class NaiveMaps {
  /** All areas, the lowest first. */
  private areas: Area[] = [];
  /** Those that are holes, the one made last first. */
  private holes: Area[] = [];
  private readonly policy: HeapPolicy;
  private readonly end: number;
  private readonly heapEnd: () => number;
  /** The most of mapped blocks and the heap that there was after a mapping. */
  peakWith = 0;

  constructor(policy: HeapPolicy, heapEnd: () => number) {
    this.policy = policy;
    this.end = policy.limit;
    this.heapEnd = heapEnd;
  }

  get low(): number {
    return this.areas[0]?.start ?? this.end;
  }

  get bytes(): number {
    return this.areas.filter(({ used }) => used).reduce((sum, { bytes }) => sum + bytes, 0);
  }

  has(pointer: number): boolean {
    return this.areas.some(({ start, bytes }) => start < pointer && pointer <= start + bytes);
  }

  allocate(size: number, alignment: number): number | undefined {
    const { mmapThreshold, limit } = this.policy;
    if (mmapThreshold === null || size < mmapThreshold) return undefined;
    const lead = Math.max(16, Math.min(alignment, PAGE));
    const spare = Math.max(0, alignment - PAGE);
    const wanted = pages(size + lead + spare);
    if (wanted > limit) return undefined;
    const area = this.take(wanted);
    if (!area) return undefined;
    let pointer = area.start + lead;
    if (spare > 0) {
      pointer = Math.ceil(pointer / alignment) * alignment;
      const front = pointer - lead - area.start;
      const kept = pages(size + lead);
      this.cut(area, front, kept);
    }
    this.peakWith = Math.max(this.peakWith, this.bytes + this.heapEnd());
    return pointer;
  }

  release(pointer: number): void {
    this.giveBack(this.areaOf(pointer));
  }

  stays(pointer: number, size: number): boolean {
    const { start, bytes } = this.areaOf(pointer);
    return size >= (this.policy.mmapThreshold ?? 0) && pages(pointer - start + size) === bytes;
  }

  private areaOf(pointer: number): Area {
    const area = this.areas.find(({ start, bytes }) => start < pointer && pointer <= start + bytes);
    if (!area?.used) throw new Error(`no area at ${pointer}`);
    return area;
  }

  private take(bytes: number): Area | undefined {
    const hole = this.holes.find((hole) => hole.bytes >= bytes);
    if (!hole && this.low - this.heapEnd() < bytes) return undefined;
    if (!hole) return this.add({ start: this.low - bytes, bytes, used: true });
    if (hole.bytes === bytes) {
      this.holes = this.holes.filter((each) => each !== hole);
      hole.used = true;
      return hole;
    }
    hole.bytes -= bytes;
    return this.add({ start: hole.start + hole.bytes, bytes, used: true });
  }

  private add(area: Area): Area {
    this.areas.push(area);
    this.areas.sort((a, b) => a.start - b.start);
    return area;
  }

  /** Of an area, `kept` bytes stay behind `front` ones; what is behind them is given back first. */
  private cut(area: Area, front: number, kept: number): void {
    const back = area.bytes - front - kept;
    const { start } = area;
    area.start += front;
    area.bytes = kept;
    const before = front > 0 ? this.add({ start, bytes: front, used: true }) : undefined;
    if (back > 0) this.giveBack(this.add({ start: area.start + kept, bytes: back, used: true }));
    if (before) this.giveBack(before);
  }

  private giveBack(area: Area): void {
    area.used = false;
    const beside = this.holes.filter(
      ({ start, bytes }) => start === area.start + area.bytes || start + bytes === area.start,
    );
    const all = [area, ...beside];
    const merged = {
      start: Math.min(...all.map(({ start }) => start)),
      bytes: all.reduce((sum, { bytes }) => sum + bytes, 0),
      used: false,
    };
    this.areas = this.areas.filter((each) => !all.includes(each));
    this.holes = this.holes.filter((each) => !all.includes(each));
    // The lowest is given back.
    if (this.areas.every(({ start }) => start > merged.start)) return;
    this.add(merged);
    this.holes.unshift(merged);
  }
}

function pages(bytes: number): number {
  return Math.ceil(bytes / PAGE) * PAGE;
}
