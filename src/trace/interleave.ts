import { PagewalkError, quote } from "../errors.js";
import { Trace } from "./trace.js";

/** What each of several traces is to the machine. */
export const SEVERAL = ["processes", "threads"] as const;

export interface InterleaveOptions {
  /** Accesses of a trace before it is the next one's turn: 1 to 2^53. */
  every: number;
  /** Whether each trace is a process of its own (the default), or all are threads of one. */
  as?: (typeof SEVERAL)[number];
}

/** Several traces that are read in turn, as if one processor ran them. `interleave` makes it. */
export class Interleaved {
  readonly traces: readonly Trace[];
  readonly every: number;
  readonly as: (typeof SEVERAL)[number];
  /** The name for errors. */
  readonly name: string;

  /** @internal */
  constructor(traces: readonly Trace[], { every, as = "processes" }: InterleaveOptions) {
    this.traces = traces;
    this.every = every;
    this.as = as;
    this.name = traces.map(({ name }) => name).join(" + ");
  }
}

/**
 * Several traces in turn, round-robin, `every` accesses each, until all have ended; for `replay` and `survey` in place of
 * a trace. A `switch` event stands before the turn of another trace. Trace k of n is process k, or thread k of process
 * 1. Processes that a trace names itself are numbered anew: the first is k, further ones are k + n, k + 2n and so on.
 *
 * @throws PagewalkError `E_OPTION` for what makes no sense
 */
export function interleave(traces: readonly Trace[], options: InterleaveOptions): Interleaved {
  const wrong = (why: string) => new PagewalkError("E_OPTION", `interleave: ${why}`);
  if (!Array.isArray(traces) || traces.length === 0 || !traces.every((trace) => trace instanceof Trace)) {
    throw wrong("want an array of traces, as openTrace gives");
  }
  const { every, as = "processes" } = options ?? {};
  if (!(Number.isInteger(every) && every >= 1 && every <= 2 ** 53)) {
    throw wrong(`${String(every)} is no number of accesses; want a whole number from 1 to 2^53`);
  }
  if (!SEVERAL.includes(as)) throw wrong(`no ${quote(String(as))}; want ${SEVERAL.join(" or ")}`);
  const once = traces.filter(({ source }) => source === "-" || !isLasting(source));
  const twice = once.find(({ source }, i) => once.findIndex((other) => other.source === source) < i);
  if (twice) throw wrong(`${twice.name} is given twice, and can be read once`);
  return new Interleaved(traces, { every, as });
}

/** Whether a source can be read again, and so by two readers. */
function isLasting(source: Trace["source"]): boolean {
  return typeof source === "string" || source instanceof Uint8Array;
}
