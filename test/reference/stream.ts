// The records and events of a trace, read once and replayed by any number of oracles.

import { KINDS, type Kind, openTrace, type TraceBatch, type TraceEvent, type TraceOptions } from "pagewalk";
import type { OracleEvent, OracleRecord } from "../oracle/machine.js";

/** Columns of accesses: `numbers` are theirs in the trace, from 1. */
interface Columns extends Pick<TraceBatch, "addresses" | "sizes" | "kinds" | "events"> {
  numbers: Float64Array;
}

export interface StreamOptions extends Pick<TraceOptions, "skip" | "limit"> {
  kinds: readonly Kind[];
}

export class Stream {
  readonly path: string;
  readonly options: StreamOptions;
  private readonly batches: Columns[] = [];

  private constructor(path: string, options: StreamOptions) {
    this.path = path;
    this.options = options;
  }

  static async read(path: string, options: StreamOptions): Promise<Stream> {
    const stream = new Stream(path, options);
    const { kinds, ...part } = options;
    for await (const batch of openTrace(path, part)) stream.batches.push(select(batch, kinds));
    return stream;
  }

  /** The same records, for a machine to replay. */
  open(): ReturnType<typeof openTrace> {
    return openTrace(this.path, this.options);
  }

  *items(): Generator<OracleRecord | OracleEvent> {
    for (const { addresses, sizes, kinds, numbers, events } of this.batches) {
      let next = 0;
      for (let i = 0; i <= addresses.length; i++) {
        for (let one = events[next]; one?.before === i; one = events[++next]) yield* known(one.event);
        if (i === addresses.length) break;
        yield {
          va: addresses[i] as bigint,
          size: sizes[i] as number,
          kind: KINDS[kinds[i] as number] as Kind,
          number: numbers[i] as number,
        };
      }
    }
  }
}

/** The accesses of some kinds, and all events. */
function select(batch: TraceBatch, wanted: readonly Kind[]): Columns {
  const places = Uint32Array.from(
    [...batch.kinds.keys()].filter((i) => wanted.includes(KINDS[batch.kinds[i] as number] as Kind)),
  );
  let kept = 0;
  return {
    addresses: BigUint64Array.from(places, (i) => batch.addresses[i] as bigint),
    sizes: Uint32Array.from(places, (i) => batch.sizes[i] as number),
    kinds: Uint8Array.from(places, (i) => batch.kinds[i] as number),
    numbers: Float64Array.from(places, (i) => batch.record + i),
    events: batch.events.map(({ before, event }) => {
      while (kept < places.length && (places[kept] as number) < before) kept++;
      return { before: kept, event };
    }),
  };
}

/** What a machine does something about. */
function known(event: TraceEvent): OracleEvent[] {
  switch (event.event) {
    case "switch":
      return [{ event: "switch", process: Number(event.process), thread: Number(event.thread ?? 0n) }];
    case "clone":
      return [{ event: "clone", child: Number(event.child) }];
    case "fork":
    case "vfork":
      return [{ event: "fork", child: Number(event.child) }];
    case "user":
    case "kernel":
      return [{ event: event.event }];
    case "pagesize": {
      const { address, length, size } = event;
      if (typeof address !== "bigint") throw new RangeError(`pagesize of ${address.base}: want an address`);
      return [{ event: "pagesize", address, length, size }];
    }
    default:
      return [];
  }
}
