import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type RegionUsage, readUsage } from "../../src/engine/process/maps.js";
import { BUILDS, buildOf, runs } from "../builds.js";
import { CoreSystem } from "../coresystem.js";
import { commandsOf, STACK, systemOptions } from "../oracle/process/arbitrary.js";
import { scenarioOf } from "../oracle/process/compare.js";
import type { Entry } from "../oracle/process/space.js";
import { System } from "../oracle/process/system.js";

/** Where the pages of a process are, in pages. */
function countsOf(entries: Entry[]) {
  const found = entries.map(({ page, isPresent, file, index }) => {
    const there = page ?? file?.pages.get(index);
    const isCached = there?.isResident === true;
    const isSwapped = !isCached && there?.slot !== undefined;
    const isInFile = !there && file?.name !== undefined && index < file.length;
    const isShared = isPresent && (page?.mappings.size ?? 0) > 1;
    const isDirty = isPresent && page?.isDirty === true;
    return { isPresent, isShared, isDirty, isCached, isSwapped, isInFile };
  });
  const count = (is: (one: (typeof found)[number]) => boolean) => found.filter(is).length;
  const uncached = count(({ isSwapped, isInFile }) => isSwapped || isInFile);
  return {
    size: entries.length,
    rss: count(({ isPresent }) => isPresent),
    sharedDirty: count(({ isShared, isDirty }) => isShared && isDirty),
    privateDirty: count(({ isPresent, isShared, isDirty }) => isPresent && !isShared && isDirty),
    sharedClean: count(({ isShared, isDirty }) => isShared && !isDirty),
    privateClean: count(({ isPresent, isShared, isDirty }) => isPresent && !isShared && !isDirty),
    cached: count(({ isCached }) => isCached),
    swap: count(({ isSwapped }) => isSwapped),
    uncached,
    unallocated: entries.length - count(({ isCached }) => isCached) - uncached,
  };
}

type Counted = keyof ReturnType<typeof countsOf>;

/** Each page as its mapping has it. */
function mappedPages(regions: RegionUsage[]): string[] {
  return regions.flatMap(({ start, end, protection, shared, file, offset }) =>
    Array.from({ length: Number((end - start) / 4096n) }, (_, i) => {
      const at = BigInt(i) * 4096n;
      return `${start + at} ${protection} ${shared} ${file} ${file === null ? "" : offset + at}`;
    }),
  );
}

function pagesOf(entries: Entry[]): string[] {
  return entries.map(({ number, attributes, file, index }) => {
    const where = file?.name === undefined ? "null " : `${file.name} ${index * 4096}`;
    return `${number * 4096} ${attributes.protection} ${attributes.flags.has("shared")} ${where}`;
  });
}

describe.each(BUILDS)("the %s core", (build) => {
  test("tells of every process where its pages are, as the naive machine has them", async () => {
    const module = await buildOf(build);
    await fc.assert(
      fc.asyncProperty(systemOptions, commandsOf(runs(60, 300)), async (options, commands) => {
        const { frames = null, swap = null, policy = "lru" } = options;
        const memory = { frames, swap, policy, stackPages: Number(STACK.stackSize / 4096n) };
        const driver = await CoreSystem.create({ memory }, module);
        const naive = new System(options);
        for (const command of commands) {
          driver.apply(command);
          naive.apply(command);
        }
        for (const [pid, { space, isAlive }] of naive.processes) {
          if (!isAlive) continue;
          const told = readUsage(driver.machine.core, driver.machine.names, pid);
          const want = countsOf(space.all());
          const names = Object.keys(want) as Counted[];
          const is = names.map((name) => [name, told.reduce((sum, each) => sum + each[name], 0) / 4096]);
          const after = scenarioOf(commands);
          expect(Object.fromEntries(is), after).toEqual(want);
          expect(mappedPages(told), after).toEqual(pagesOf(space.all()));
        }
      }),
      { numRuns: runs(60, 200) },
    );
  });
});
