import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REPLACEMENTS } from "../../src/config/replacement.js";
import { AccessFault, Machine, type Process } from "../../src/index.js";
import { BUILDS, buildOf, runs } from "../builds.js";

const PAGE = 4096;
const PAGES = 8;

/** An access of a page by one of the processes; or it forks, locks or lets go of it. */
const step = fc.record({
  what: fc.oneof(
    { weight: 8, arbitrary: fc.constant("store" as const) },
    { weight: 6, arbitrary: fc.constant("load" as const) },
    { weight: 1, arbitrary: fc.constantFrom("fork", "lock", "unlock", "forget", "fewer") },
  ),
  who: fc.nat(2),
  page: fc.nat(PAGES - 1),
});

const PARAMETERS: Record<string, string[]> = {
  ws: ["ws:1", "ws:3", "ws:10"],
  wsclock: ["wsclock:1", "wsclock:3", "wsclock:10"],
  sfifo: ["sfifo:0", "sfifo:30", "sfifo:100"],
};
const POLICIES = REPLACEMENTS.filter((policy) => policy !== "opt").flatMap(
  (policy) => PARAMETERS[policy] ?? [policy],
);

/** Whether an access was made; it may end for want of memory, and in no other way. */
function isMade(access: () => void): boolean {
  try {
    access();
    return true;
  } catch (error) {
    if (error instanceof AccessFault && error.kind === "oom") return false;
    throw error;
  }
}

/** Whether a call succeeded; what it could not do for want of memory is no matter here. */
function tried(call: () => void): void {
  try {
    call();
  } catch (error) {
    expect(error).toMatchObject({ name: "SyscallError" });
  }
}

describe.each(BUILDS)("on the %s build, frames and swap too small for all pages", (build) => {
  test.each(POLICIES)("%s: what was stored is there, whatever cannot leave", async (policy) => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.nat(5),
        fc.array(step, { minLength: 20, maxLength: runs(120, 400), size: "max" }),
        async (frames, swap, steps) => {
          const machine = await Machine.create({ memory: { frames, swap, policy } }, { module });
          const first = machine.spawn();
          const base = first.mmap(PAGES * PAGE);
          const all: { process: Process; bytes: number[] }[] = [
            { process: first, bytes: Array(PAGES).fill(0) },
          ];
          let stored = 0;
          for (const { what, who, page } of steps) {
            const one = all[who % all.length];
            if (!one) continue;
            const { process, bytes } = one;
            const at = base + BigInt(page * PAGE);
            if (what === "store") {
              stored = (stored % 255) + 1;
              const value = stored;
              if (isMade(() => process.store(at, Uint8Array.of(value)))) bytes[page] = value;
            } else if (what === "load") {
              isMade(() => expect(process.load(at, 1)[0]).toBe(bytes[page]));
            } else if (what === "fork" && all.length < 3) {
              all.push({ process: process.fork(), bytes: [...bytes] });
            } else if (what === "lock") tried(() => process.mlock(at, PAGE));
            else if (what === "unlock") tried(() => process.munlock(at, PAGE));
            else if (what === "fewer") tried(() => machine.frames(Math.max(1, frames - 1)));
            else if (what === "forget") {
              tried(() => process.munlock(at, PAGE));
              process.madvise(at, PAGE, "dontneed");
              bytes[page] = 0;
            }
          }
          for (const { process, bytes } of all) {
            const found = bytes.map((_, page) => process.peek(base + BigInt(page * PAGE), 1)[0]);
            expect(found).toEqual(bytes);
          }
          for (const { process } of all) process.exit();
          expect(machine.stats().paging.resident).toBe(0);
          const again = machine.spawn();
          const one = again.mmap(PAGE);
          again.store(one, Uint8Array.of(1));
          expect(again.load(one, 1)).toEqual(Uint8Array.of(1));
        },
      ),
      { numRuns: runs(12, 300) },
    );
  });
});
