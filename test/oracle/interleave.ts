// Traces in turn, one entry after the other: what docs/model.md says, without batches.

import type { TraceEvent } from "../../src/trace/events.js";
import { type Entry, isEvent } from "../roundtrip.js";

type Fields<E extends TraceEvent["event"]> = Extract<TraceEvent, { event: E }>;

export const isAccess = (entry: Entry) => !isEvent(entry) || entry.event === "access";
const isSwitch = (entry: Entry | undefined): entry is Fields<"switch"> =>
  entry !== undefined && isEvent(entry) && entry.event === "switch";

class Player {
  readonly rest: Entry[];
  private readonly number: (place: number) => number;
  private readonly thread: bigint | undefined;
  private readonly names: bigint[] = [];
  private runs: Fields<"switch"> | undefined;

  constructor(entries: readonly Entry[], thread: bigint | undefined, number: (place: number) => number) {
    this.rest = [...entries];
    this.thread = thread;
    this.number = number;
  }

  /** The switch that says who runs in it. */
  get switch(): Fields<"switch"> {
    return this.runs ?? this.switchTo(1n, undefined);
  }

  next(): Entry {
    const entry = this.rest.shift() as Entry;
    if (isSwitch(entry)) {
      this.runs = this.switchTo(entry.process, entry.thread);
      return { ...entry, ...this.runs };
    }
    // What comes before a first switch is of process 1.
    this.runs = this.switch;
    return isEvent(entry) && "child" in entry ? { ...entry, child: this.named(entry.child) } : entry;
  }

  private switchTo(process: bigint, own: bigint | undefined): Fields<"switch"> {
    const thread = this.thread ?? own;
    return { event: "switch", process: this.named(process), ...(thread === undefined ? {} : { thread }) };
  }

  private named(process: bigint): bigint {
    if (!this.names.includes(process)) this.names.push(process);
    return BigInt(this.number(this.names.indexOf(process)));
  }
}

/** The stream of some traces in turn. */
export function naiveTurns(
  traces: readonly (readonly Entry[])[],
  every: number,
  as: "processes" | "threads",
): Entry[] {
  const n = traces.length;
  const players = traces.map((entries, i) => {
    const k = i + 1;
    return as === "processes"
      ? new Player(entries, undefined, (place) => k + place * n)
      : new Player(entries, BigInt(k), (place) => (place === 0 ? 1 : 1 + k + (place - 1) * n));
  });
  const stream: Entry[] = [];
  let last: Player | undefined;
  while (players.some(({ rest }) => rest.length > 0)) {
    for (const player of players) {
      if (player.rest.length === 0) continue;
      if (player !== last && !isSwitch(player.rest[0])) stream.push(player.switch);
      last = player;
      for (let left = every; left > 0 && player.rest.length > 0; ) {
        const entry = player.next();
        stream.push(entry);
        if (isAccess(entry)) left--;
      }
    }
  }
  return stream;
}
