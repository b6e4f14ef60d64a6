import type { Core } from "../engine/core.js";
import { EventCodec } from "../trace/eventcodec.js";
import type { Records } from "../trace/records.js";
import type { Region } from "./regions.js";

/** Names that a region is given at most. */
const SHOWN = 8;
/** Named ranges that are kept, so that memory is bounded whatever a trace says. */
const KEPT = 100_000;

interface Named {
  process: number | undefined;
  from: bigint;
  to: bigint;
  name: string;
}

/** The names that a trace gives to addresses, in `region` events and in mappings of files. @internal */
export class RegionNames {
  private readonly codec: EventCodec;
  private readonly ranges = new Map<string, Named>();
  private process: number | undefined;

  constructor(core: Core) {
    this.codec = new EventCodec(core);
  }

  take(records: Records): void {
    if (records.arePlain) return;
    for (let at = records.from; at < records.to; at++) {
      const event = records.event(at, this.codec);
      if (event?.event === "switch") this.process = Number(event.process);
      else if (event?.event === "region") this.add(event.address, event.length, event.name);
      else if (event?.event === "mmap" && event.file) this.add(event.address, event.length, event.file);
    }
  }

  /** The regions with the names of what they overlap, in order of address. */
  named(regions: readonly Region[]): Region[] {
    const ranges = [...this.ranges.values()].sort((a, b) => (a.from < b.from ? -1 : 1));
    return regions.map((region) => {
      const names = new Set<string>();
      const [from, to] = [BigInt(region.from), BigInt(region.to)];
      for (const range of ranges) {
        if (range.from >= to) break;
        if (range.to > from && isOf(range, region)) names.add(range.name);
      }
      return names.size > 0 ? { ...region, names: [...names].slice(0, SHOWN) } : region;
    });
  }

  private add(address: unknown, length: bigint, name: string): void {
    if (typeof address !== "bigint" || address === 0n || this.ranges.size >= KEPT) return;
    const { process } = this;
    this.ranges.set(`${process} ${address} ${name}`, { process, from: address, to: address + length, name });
  }
}

/** What is named before any process is, or for one that the region does not know, is anybody's. */
function isOf({ process }: Named, region: Region): boolean {
  return process === undefined || region.process === undefined || process === region.process;
}
