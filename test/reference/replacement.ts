import type { Kind } from "pagewalk";

/** Faults that other simulators counted, by policy and frames. */
export interface ReplacementCase {
  trace: string;
  frames: number[];
  faults: Record<string, number[]>;
}

/** The D stream: one lookup a data record, of its first page. */
export const DATA: { kinds: Kind[]; count: { modify: "once"; crossing: "first" } } = {
  kinds: ["load", "store", "modify"],
  count: { modify: "once", crossing: "first" },
};

/** The same with every page resident. */
function few(at64: Record<string, number>, pages: number): Record<string, number[]> {
  return Object.fromEntries(Object.entries(at64).map(([policy, faults]) => [policy, [faults, pages, pages]]));
}

export const replacementCases: ReplacementCase[] = [
  {
    trace: "gzip.lackey.zst",
    frames: [64, 512, 1536],
    faults: few(
      {
        lru: 217,
        "sfifo:100": 217,
        fifo: 259,
        "sfifo:0": 259,
        clock0: 223,
        arc: 218,
        "2q": 287,
        s3fifo: 259,
        sieve: 232,
        opt: 187,
      },
      156,
    ),
  },
  {
    trace: "py3.lackey.zst",
    frames: [64, 512, 1536],
    faults: {
      lru: [62957, 3117, 1227],
      "sfifo:100": [62957, 3117, 1227],
      fifo: [91516, 4938, 1227],
      "sfifo:0": [91516, 4938, 1227],
      clock0: [64983, 3325, 1227],
      arc: [64759, 3122, 1227],
      "2q": [66573, 3769, 1227],
      s3fifo: [64823, 3093, 1227],
      sieve: [64713, 3154, 1227],
      opt: [36865, 1812, 1227],
    },
  },
  { trace: "py3.lackey.zst", frames: [64], faults: { "sfifo:25": [67212], "sfifo:50": [64146] } },
];
