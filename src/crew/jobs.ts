import type { Wanted } from "../options.js";

const MOST_JOBS = 256;

/** The option `jobs`: how many threads. @internal */
export const JOBS: Wanted = {
  want: `a whole number from 1 to ${MOST_JOBS}`,
  is: (value) => Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MOST_JOBS,
};

/** Threads that run at once: where there are none but this one, it is one. @internal */
export async function cores(): Promise<number> {
  if (typeof process === "undefined") return 1;
  const { availableParallelism } = await import("node:os");
  return availableParallelism();
}
