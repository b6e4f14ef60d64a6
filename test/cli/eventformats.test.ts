import { describe, expect, test } from "vitest";
import { SAMPLES } from "../unit/formats/samples.js";
import { expectNothing, Folder, infoJson, pagewalk, TINY } from "./pagewalk.js";

const folder = new Folder();

describe.concurrent("--columns", () => {
  test("names the columns of a file without a header", async () => {
    folder.put("bare.csv", "7ffe;x;w;8\n1000;y;r;4\n");
    const columns = "address=1,kind=3,size=4,base=16";
    const { trace, addresses } = await infoJson(["--columns", columns, folder.at("bare.csv")]);
    expect(trace).toMatchObject({ format: "csv", kinds: { load: 1, store: 1 } });
    expect(addresses.lowest).toBe("0x1000");
  });

  test.each(["addres=1", "address", "address=", "address=0", "base=8"])("%s is refused", async (columns) => {
    expectNothing(await pagewalk(["info", "--columns", columns, TINY]), 2, "E_OPTION", "columns");
  });
});

test.concurrent("what convert writes as CSV is read as what it was", async () => {
  expect((await pagewalk(["convert", TINY, folder.at("tiny.csv")])).code).toBe(0);
  const [was, is] = await Promise.all([infoJson([TINY]), infoJson([folder.at("tiny.csv")])]);
  expect(is.trace.format).toBe("csv");
  expect([is.trace.kinds, is.footprint, is.addresses]).toEqual([
    was.trace.kinds,
    was.footprint,
    was.addresses,
  ]);
});

describe.concurrent("what convert makes of a trace holds its events", () => {
  test.each(Object.keys(SAMPLES))("%s", async (format) => {
    const sample = folder.at(`sample.${format}`);
    folder.put(`sample.${format}`, SAMPLES[format]?.text ?? "");
    const { events, trace } = await infoJson([sample]);
    for (const extension of ["pagewalk", "scenario"]) {
      const out = folder.at(`${format}.${extension}`);
      const outcome = await pagewalk(["convert", sample, out]);
      expect(outcome.code, outcome.stderr).toBe(0);
      const made = await infoJson([out]);
      expect(made.trace.kinds).toEqual(trace.kinds);
      // A scenario always says who acts first.
      expect({ ...made.events, switch: 0 }).toEqual({ ...events, switch: 0 });
    }
  });
});
