import { describe, expect, test } from "vitest";
import {
  expectNothing,
  expectPartial,
  Folder,
  makeTrace,
  pagewalk,
  runJson,
  TINY,
  tinyText,
} from "./pagewalk.js";

const folder = new Folder();
const text = makeTrace(30_000);
const BIG = folder.write("big.lackey", text);

describe.concurrent("run --interleave", () => {
  test("counts what each trace gave, and all together", async () => {
    const { trace, events } = await runJson(["--interleave", "3", TINY, BIG, TINY]);
    const [alone, big] = await Promise.all([runJson([TINY]), runJson([BIG])]);
    expect(trace).toMatchObject({
      path: `${TINY} + ${BIG} + ${TINY}`,
      format: "lackey",
      compression: "none",
      records: 30_032,
      accesses: 2 * alone.trace.accesses + big.trace.accesses,
      interleave: 3,
      truncated: false,
    });
    expect(trace.traces).toHaveLength(3);
    const [first, second, third] = trace.traces ?? [];
    expect(first).toMatchObject({ path: TINY, kinds: alone.trace.kinds, records: 16 });
    expect(second).toMatchObject({ path: BIG, kinds: big.trace.kinds, records: 30_000 });
    expect(third).toMatchObject({ processes: [{ pid: 3, named: 1 }] });
    expect(first).not.toHaveProperty("thread");
    // Six turns of each; then the rest of the longest, which nobody interrupts.
    expect(events).toEqual({ switch: 19 });
  });

  test("--threads makes threads of one process", async () => {
    const { trace } = await runJson(["--interleave", "100", "--threads", TINY, BIG]);
    expect(trace.traces).toMatchObject([
      { processes: [{ pid: 1, named: 1 }], thread: 1 },
      { processes: [{ pid: 1, named: 1 }], thread: 2 },
    ]);
  });

  test("of one trace is that trace", async () => {
    const [alone, turns] = await Promise.all([runJson([BIG]), runJson(["--interleave", "7", BIG])]);
    const { timing: _, trace, events, ...rest } = turns;
    const { interleave, traces, ...whole } = trace;
    expect({ ...rest, trace: whole }).toEqual({ ...alone, timing: undefined, events: undefined });
    expect([interleave, traces?.length, events]).toEqual([7, 1, { switch: 1 }]);
  });

  test("has --skip, --limit and --kinds apply to each trace", async () => {
    const flags = ["--skip", "2", "--limit", "6", "--kinds", "load,store"];
    const { trace } = await runJson(["--interleave", "1", ...flags, TINY, BIG]);
    const [alone, big] = await Promise.all([runJson([...flags, TINY]), runJson([...flags, BIG])]);
    expect(trace.traces).toMatchObject([
      { kinds: alone.trace.kinds, filtered: alone.trace.filtered },
      { kinds: big.trace.kinds, filtered: big.trace.filtered },
    ]);
    expect(trace.filtered).toBe(alone.trace.filtered + big.trace.filtered);
  });

  test("has --skip-bad apply to each trace", async () => {
    const bad = folder.write("bad.lackey", tinyText.replace("\n", "\nnonsense\n"));
    const outcome = await pagewalk(["run", "--json", "--skip-bad", "1", "--interleave", "5", bad, TINY, bad]);
    expect(outcome.code).toBe(0);
    expect(outcome.stderr).toMatch(/2 bad records were passed over/);
    const { trace } = JSON.parse(outcome.stdout);
    expect(trace.traces.map(({ skipped }: { skipped: number }) => skipped)).toEqual([1, 0, 1]);
  });

  test("numbers the processes of traces anew, and their faults through all of them", async () => {
    const one = folder.write("a.scenario", "@7 L 0x1000,8\n@8 L 0x8000000000000000,8\n@7 L 0x1000,8\n");
    const other = folder.write("b.scenario", "L 0x1000,8\nfork 9\n@9 L 0x8000000000000000,8\n");
    const { trace, faultList } = await runJson(["--interleave", "1", one, other]);
    expect(trace.traces?.map(({ processes }) => processes)).toEqual([
      [
        { pid: 1, named: 7 },
        { pid: 3, named: 8 },
      ],
      [
        { pid: 2, named: 1 },
        { pid: 4, named: 9 },
      ],
    ]);
    expect(faultList.map(({ record }) => record)).toEqual([3, 4]);
    expect(trace.format).toBe("scenario");
  });

  test("joins formats that differ, and takes standard input once", async () => {
    const one = folder.write("a.scenario", "L 0x1000,8\n");
    const { trace } = await runJson(["--interleave", "1", "-", one], { stdin: tinyText });
    expect(trace).toMatchObject({ path: `- + ${one}`, format: "lackey + scenario", compression: "none" });
    const twice = pagewalk(["run", "--interleave", "1", "-", "-"], { stdin: tinyText });
    expectNothing(await twice, 2, "E_OPTION", "standard input is given twice");
  });

  test("of a trace that breaks off reports what was read, and names it", async () => {
    const cut = folder.write("cut.lackey", `${tinyText}nonsense\n`);
    const outcome = await pagewalk(["run", "--json", "--interleave", "4", BIG, cut]);
    const { trace } = expectPartial(outcome, cut, "line 17");
    const [whole, broken] = trace.traces ?? [];
    expect(broken).toMatchObject({ path: cut, records: 16, truncated: true });
    expect(whole).toMatchObject({ path: BIG, truncated: false });
    expect(trace.records).toBe(16 + (whole?.records ?? 0));
  });

  test("of a trace that is not there says so", async () => {
    const outcome = await pagewalk(["run", "--interleave", "4", BIG, folder.at("none")]);
    expectNothing(outcome, 3, "E_TRACE", "none: no such file");
  });

  test("as threads refuses a trace that switches", async () => {
    const forks = folder.write("forks.scenario", "L 0x1000,8\nfork 2\n@2 L 0x1000,8\n");
    const outcome = await pagewalk(["run", "--json", "--interleave", "4", "--threads", TINY, forks]);
    const { trace } = expectPartial(outcome, forks, "switches to process 2");
    expect(trace.traces?.[1]).toMatchObject({ records: 1, truncated: true });
  });

  test("in the report says which trace is which", async () => {
    const { stdout } = await pagewalk(["run", "--interleave", "5000", TINY, BIG]);
    expect(stdout).toContain("turns    5,000 records each");
    expect(stdout).toContain(`process 2: ${BIG}, 30,000 records`);
  });

  test.each([
    [["run", TINY, BIG], "--interleave N to replay"],
    [["run", "--threads", TINY], "--threads: want --interleave N"],
    [["run", "--interleave", "0", TINY], "want a whole number of records from 1 to 2^53"],
    [["run", "--interleave", "1.5", TINY], "whole number"],
    [["run", "--interleave", "9007199254740993", TINY], "2^53"],
    [["info", TINY, BIG], "too many arguments"],
  ])("%j is refused", async (args, said) => {
    expectNothing(await pagewalk(args), 2, "E_OPTION", said);
  });
});
