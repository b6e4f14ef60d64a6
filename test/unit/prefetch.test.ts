import { beforeAll, describe, expect, test } from "vitest";
import type { PrefetchConfig } from "../../src/config/model.js";
import { NaivePrefetcher } from "../oracle/prefetch.js";
import { CorePrefetcher } from "../prefetch.js";
import { type Core, coreWith, TESTING } from "../testing.js";

// Examples worked by hand: misses (and pages that the last TLB gave up), and what is expected after each miss.
interface Example {
  about: string;
  policy: PrefetchConfig["policy"];
  degree: number;
  entries: number;
  /** [vpn, pc, what is expected], or [page given up]. */
  steps: ([vpn: bigint, pc: bigint, expected: bigint[]] | [evicted: bigint])[];
}

const EXAMPLES: Example[] = [
  { about: "next", policy: "next", degree: 3, entries: 1, steps: [[7n, 0n, [8n, 9n, 10n]]] },
  {
    about: "stride waits for two equal strides, not 0",
    policy: "stride",
    degree: 2,
    entries: 2,
    steps: [
      [10n, 1n, []],
      [14n, 1n, []],
      [18n, 1n, [22n, 26n]],
      [18n, 1n, []],
      [18n, 1n, []],
      [16n, 1n, []],
      [14n, 1n, [12n, 10n]],
    ],
  },
  {
    about: "stride forgets the instruction that missed longest ago",
    policy: "stride",
    degree: 1,
    entries: 2,
    steps: [
      [10n, 1n, []],
      [20n, 2n, []],
      [11n, 1n, []],
      [30n, 3n, []],
      [12n, 1n, [13n]],
      [21n, 2n, []],
      [22n, 2n, []],
    ],
  },
  {
    about: "distance expects what followed the same distance, the last first",
    policy: "distance",
    degree: 2,
    entries: 4,
    steps: [
      [0n, 0n, []],
      [1n, 0n, []],
      [3n, 0n, []],
      [4n, 0n, [6n]],
      [9n, 0n, []],
      [10n, 0n, [15n, 12n]],
    ],
  },
  {
    about: "recency expects the newer neighbour, then the older one",
    policy: "recency",
    degree: 2,
    entries: 1,
    steps: [
      [1n],
      [2n],
      [3n],
      [2n, 0n, [3n, 1n]],
      [3n, 0n, [1n]],
      [1n, 0n, []],
      [4n],
      [5n],
      [4n],
      [5n, 0n, [4n]],
    ],
  },
  {
    about: "recency of degree 1 expects one neighbour",
    policy: "recency",
    degree: 1,
    entries: 1,
    steps: [[1n], [2n], [3n], [2n, 0n, [3n]], [3n, 0n, [1n]]],
  },
];

function follow(prefetcher: CorePrefetcher | NaivePrefetcher, { steps }: Example): void {
  for (const step of steps) {
    if (step.length === 1) prefetcher.evicted(step[0]);
    else expect(prefetcher.miss(step[0], step[1], step[0])).toEqual(step[2]);
  }
}

describe.each(TESTING)("TLB prefetchers on the %s build", (build) => {
  let core: Core;
  beforeAll(async () => {
    core = await coreWith(build);
  });
  test.each(EXAMPLES)("$about", (example) => {
    follow(new CorePrefetcher(core, { buffer: 1, ...example }), example);
  });
});

test.each(EXAMPLES)("the twin: $about", (example) => {
  follow(new NaivePrefetcher({ buffer: 1, ...example }), example);
});
