import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventChecker } from "../../src/check/events.js";
import { checkerOptions } from "../../src/check/options.js";
import { Session } from "../../src/check/session.js";
import { Texts } from "../../src/check/texts.js";
import { Checker } from "../../src/engine/checker.js";
import { Core } from "../../src/engine/core.js";
import { openTrace } from "../../src/index.js";
import { readTrace } from "../../src/trace/read.js";
import { BUILDS, buildOf, runs } from "../builds.js";

// One block is live and one is freed, on a page of their own; code of a library lies apart from the program's.
const LIVE = { start: 0x10010, size: 50 };
const FREED = { start: 0x10050, size: 60 };
const LIBRARY = { start: 0x7000000, end: 0x7100000 };
const HEADER = [
  `region 0x${LIBRARY.start.toString(16)} 1M rx /lib/libc.so.6`,
  `malloc 0x${LIVE.start.toString(16)} ${LIVE.size}`,
  `malloc 0x${FREED.start.toString(16)} ${FREED.size}`,
  `free 0x${FREED.start.toString(16)}`,
];
const BATCH = 32768;

type Step = { letter: "I" | "L" | "S"; va: number; size: number } | "switch 1 1" | "switch 1 2";

const fetch = fc.constantFrom(
  0x400100,
  0x400104,
  0x400108,
  0x40010c,
  0x7000100,
  0x7000180,
  0x70010ff,
  0x7001180,
  0x7008000,
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fetch.map((va) => ({ letter: "I" as const, va, size: 4 })) },
  {
    weight: 5,
    arbitrary: fc.record({
      letter: fc.constantFrom("L" as const, "L" as const, "L" as const, "S" as const),
      va: fc.integer({ min: -6, max: 40 }).map((unit) => LIVE.start + 8 * unit),
      size: fc.constantFrom(8, 16, 32, 32),
    }),
  },
  { weight: 1, arbitrary: fc.constantFrom("switch 1 1" as const, "switch 1 2" as const) },
);

interface Found {
  pc: number;
  isAhead: boolean;
  callers: number[];
  count: number;
}

const isRuntime = (pc: number) => pc >= LIBRARY.start && pc < LIBRARY.end;
const isGood = (va: number) =>
  va >> 12 !== LIVE.start >> 12 || (va >= LIVE.start && va < LIVE.start + LIVE.size);
const bytes = ({ va, size }: { va: number; size: number }) => Array.from({ length: size }, (_, i) => va + i);

/** Findings of an instruction and a call together, whatever block they are told of. */
function merged(found: readonly Found[]): Found[] {
  const byCall = new Map<string, Found>();
  for (const each of found) {
    const key = [each.pc, each.isAhead, ...each.callers.slice(0, 3)].join(" ");
    const known = byCall.get(key);
    if (known) known.count += each.count;
    else byCall.set(key, { ...each });
  }
  return [...byCall.values()];
}

/** What is found by the rules as docs/check-programs.md has them. */
function naive(steps: readonly Step[]): Found[] {
  const found: Found[] = [];
  let pc = 0;
  for (const [at, step] of steps.entries()) {
    if (typeof step === "string") {
      pc = 0;
      continue;
    }
    if (step.letter === "I") {
      pc = step.va;
      continue;
    }
    const good = bytes(step).map(isGood);
    const isLoad = step.letter === "L";
    if (!good.includes(false) || (isLoad && step.va % step.size === 0 && good.includes(true))) continue;
    const before = steps.slice(0, at);
    const isVector = isLoad && isRuntime(pc) && step.size >= 16;
    const isAhead = isVector && (good.includes(true) || goesOn(before, pc, step));
    found.push({ pc, isAhead, callers: isRuntime(pc) ? callersIn(before) : [], count: 1 });
  }
  return merged(found);
}

/** Whether in the same call another load of a vector, near it, had a good byte. */
function goesOn(before: readonly Step[], pc: number, { va, size }: { va: number; size: number }): boolean {
  let call: Step[] = [];
  let code = pc;
  // Back to the fetch that is far from those behind it; what follows a fetch is that instruction's.
  let own: Step[] = [];
  for (const step of [...before].reverse()) {
    if (typeof step === "string") break;
    if (step.letter !== "I") {
      own.push(step);
      continue;
    }
    if (Math.abs(step.va - code) > 4096) {
      own = [];
      break;
    }
    code = step.va;
    call = [...call, ...own];
    own = [];
  }
  return [...call, ...own].some((each) => {
    if (typeof each === "string" || each.letter !== "L" || each.size < 16) return false;
    return Math.abs(each.va - va) <= 5 * size && bytes(each).some(isGood);
  });
}

/** The last fetches of the program, the latest first, as far as the thread was not another one. */
function callersIn(before: readonly Step[]): number[] {
  const since = before.slice(before.findLastIndex((step) => typeof step === "string") + 1);
  const fetches = since.flatMap((step) => {
    return typeof step !== "string" && step.letter === "I" && !isRuntime(step.va) ? [step.va] : [];
  });
  return fetches.reverse().slice(0, 6);
}

function lineOf(step: Step): string {
  return typeof step === "string" ? step : `${step.letter} 0x${step.va.toString(16)},${step.size}`;
}

async function checked(build: string, steps: readonly Step[]): Promise<Found[]> {
  const core = await Core.create(await buildOf(build));
  const texts = new Texts();
  const { config, checking } = checkerOptions({});
  const checker = new Checker(core, checking, (place) => texts.name(place));
  const session = new Session(checker, texts, config);
  const events = new EventChecker(session, () => {});
  const text = [...HEADER, ...steps.map(lineOf), ""].join("\n");
  const trace = openTrace(new TextEncoder().encode(text), { format: "scenario" });
  const { failure } = await readTrace(core, trace, {}, (slice, feed) => {
    events.batch(slice, feed.strings);
    return true;
  });
  expect(failure).toBeUndefined();
  const { Ahead } = core.enums.BlockFlag;
  return merged(
    checker.findings().map(({ pc, flags, callers, count }) => ({
      pc: Number(pc),
      isAhead: (flags & Ahead) !== 0,
      callers: callers.filter((va) => va !== 0n).map(Number),
      count,
    })),
  );
}

describe.each(BUILDS)("vectors and callers, by the %s build", (build) => {
  test("are as a look back over all records says", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
        expect(await checked(build, steps)).toEqual(naive(steps));
      }),
      { numRuns: runs(100, 5000) },
    );
  });

  test("are so across batches", async () => {
    const filler: Step = { letter: "I", va: 0x400200, size: 4 };
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 8, maxLength: 40 }),
        fc.nat({ max: 40 }),
        async (steps, before) => {
          const fill = Array.from({ length: BATCH - HEADER.length - before }, () => filler);
          const all = [...fill, ...steps];
          expect(await checked(build, all)).toEqual(naive(all));
        },
      ),
      { numRuns: runs(4, 200) },
    );
  });
});
