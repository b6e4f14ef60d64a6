import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TraceEvent } from "../../src/trace/events.js";
import { commandsOf, STACK, systemOptions, WINDOW, WINDOW_PAGES } from "../oracle/process/arbitrary.js";
import type { Command, Outcome } from "../oracle/process/command.js";
import { difference, scenarioOf } from "../oracle/process/compare.js";
import { runScenario } from "../oracle/process/scenario.js";
import { System } from "../oracle/process/system.js";

const isFull = process.env["PAGEWALK_FULL"] === "1";
const runs = isFull ? 400 : 15;
const length = isFull ? 1000 : 160;
const parameters = { numRuns: runs, seed: 5, endOnFailure: !isFull };

const ends = ({ faults }: Outcome) =>
  faults.filter(({ kind }) => ["protection", "segv", "bus"].includes(kind));

describe("after every command of a random run", () => {
  test("the machine is one that can be", () => {
    fc.assert(
      fc.property(systemOptions, commandsOf(length), (options, commands) => {
        const system = new System(options);
        for (const command of commands) {
          system.apply(command);
          system.check();
        }
      }),
      parameters,
    );
  });

  test("little memory gives the bytes and results that plenty does", () => {
    const frames = fc.integer({ min: 3, max: 8 });
    fc.assert(
      fc.property(frames, commandsOf(length, { pressure: true }), (frames, commands) => {
        const small = new System({ frames, layout: STACK });
        const large = new System({ layout: STACK });
        for (const command of [always, ...commands]) {
          const [a, b] = [small.apply(command), large.apply(command)];
          expect({ ...a, faults: ends(a) }).toEqual({ ...b, faults: ends(b) });
        }
        for (const pid of small.processes.keys()) {
          for (let page = 0; page < WINDOW_PAGES; page++) {
            const at = WINDOW + BigInt(page) * 4096n;
            expect(small.peek(pid, at, 4096)).toBe(large.peek(pid, at, 4096));
          }
        }
        expect(small.stats().outOfMemory).toBe(0);
      }),
      parameters,
    );
  });

  test("nothing is left of processes that have ended", () => {
    fc.assert(
      fc.property(systemOptions, commandsOf(length), (options, commands) => {
        const system = new System(options);
        for (const command of commands) system.apply(command);
        const cached = () => [...system.memory.files.values()].flatMap(({ pages }) => [...pages.values()]);
        for (const [pid, { isAlive }] of system.processes) {
          if (isAlive) system.apply({ process: pid, event: { event: "exit" } });
          system.check();
        }
        expect(new Set(cached())).toEqual(system.memory.pool.resident);
        expect(system.stats()).toMatchObject({ swapped: 0, paging: { resident: cached().length } });
      }),
      parameters,
    );
  });
});

const always: Command = { process: 1n, event: { event: "overcommit", mode: "always" } };

/** What all kinds of commands come to, in the runs above: a generator that never got there would show nothing. */
test("random runs meet every kind of fault and every errno", () => {
  const seen = new Set<string>();
  for (const [options, commands] of fc.sample(fc.tuple(systemOptions, commandsOf(400)), {
    numRuns: 40,
    seed: 7,
  })) {
    const system = new System(options);
    for (const command of commands) {
      const { event } = command as { event: TraceEvent };
      const outcome = system.apply(command);
      for (const { kind } of outcome.faults) seen.add(kind);
      seen.add(outcome.result < 0n ? `${event.event} ${outcome.result}` : event.event);
    }
  }
  const wanted = ["minor", "major", "cow", "protection", "segv", "bus", "oom"];
  const calls = [
    "mmap -12",
    "mmap -22",
    "mmap -9",
    "mmap -13",
    "mmap -17",
    "mremap -14",
    "mprotect -12",
    "madvise -22",
  ];
  expect([...seen]).toEqual(
    expect.arrayContaining([...wanted, ...calls, "mprotect -13", "mremap", "exec", "fork"]),
  );
});

describe("a machine beside another", () => {
  const run = fc.tuple(systemOptions, commandsOf(120));

  test("differs from itself nowhere, also where it reads a scenario", () => {
    for (const [options, commands] of fc.sample(run, { numRuns: 8, seed: 3 })) {
      expect(difference(new System(options), options, commands)).toBeUndefined();
      const twin = new System(options);
      for (const command of commands) twin.apply(command);
      const { failures, system } = runScenario(scenarioOf(commands), options);
      expect(system.stats()).toEqual(twin.stats());
      expect(failures).toEqual([]);
    }
  });

  test("differs from one with another policy, more frames, or less swap", () => {
    const found = new Set<string>();
    const wrong = { policy: "fifo", frames: 6, swap: 1 } as const;
    for (const commands of fc.sample(commandsOf(200), { numRuns: 8, seed: 3 })) {
      const options = { policy: "lru", frames: 5, swap: 4, layout: STACK } as const;
      for (const key of ["policy", "frames", "swap"] as const) {
        const other = new System({ ...options, [key]: wrong[key] });
        if (difference(other, options, commands)?.includes("want")) found.add(key);
      }
    }
    expect([...found].sort()).toEqual(["frames", "policy", "swap"]);
  });
});
