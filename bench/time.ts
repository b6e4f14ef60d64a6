import { Bench } from "tinybench";

/** Milliseconds of each of some runs, after one that does not count. */
export async function time(run: () => unknown, rounds: number): Promise<number[]> {
  const bench = new Bench({
    iterations: rounds,
    time: 0,
    warmupIterations: 1,
    warmupTime: 0,
    retainSamples: true,
  });
  bench.add("run", async () => {
    await run();
  });
  const [task] = await bench.run();
  const result = task?.result;
  if (!result || !("latency" in result)) throw new Error(`a benchmark failed: ${JSON.stringify(result)}`);
  return [...(result.latency.samples ?? [result.latency.p50])];
}
