/** What a trace holds, as `info --json` has it. */
export interface ContentCase {
  trace: string;
  /** Paths of the result, and their values. */
  expected: Record<string, number>;
}

/** A trace of DynamoRIO's: its records in all, of which `accesses` are not counted under `other`. */
function drmemtrace(name: string, records: number, expected: Record<string, number>): ContentCase {
  return { trace: `drmemtrace/${name}`, expected: { all: records, ...expected } };
}

const LOADS = "trace.kinds.load";
const STORES = "trace.kinds.store";

export const contents: ContentCase[] = [
  drmemtrace("drmemtrace.simple_app.trace.zip", 191_901, {
    [LOADS]: 31_507,
    [STORES]: 12_338,
    "trace.kinds.instruction": 136_051,
    "trace.other.instruction not fetched": 361,
    "footprint.4K": 154,
  }),
  drmemtrace("drmemtrace.threadsig.872902.5666.trace.zip", 92_098, { [LOADS]: 16_232, [STORES]: 9388 }),
  drmemtrace("drmemtrace.tool.fib_plus.125254.3691.trace.gz", 24_718, { [LOADS]: 4308, [STORES]: 1433 }),
  drmemtrace("offline-legacy-trace.gz", 128_035, { [LOADS]: 26_381, [STORES]: 16_308 }),
  drmemtrace("drmemtrace.small.x64.trace", 251, {
    [LOADS]: 42,
    [STORES]: 14,
    "trace.other.thread": 16,
    "events.switch": 1,
  }),
];
