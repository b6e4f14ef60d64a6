import { beforeAll, expect, test } from "vitest";
import { Core } from "../../../src/engine/core.js";
import { PagewalkError } from "../../../src/errors.js";
import type { CsvColumns } from "../../../src/trace/formats/csvcolumns.js";
import { openTrace } from "../../../src/trace/trace.js";
import { buildOf } from "../../builds.js";
import { entriesOf } from "../../records.js";

let core: Core;
beforeAll(async () => {
  core = await Core.create(await buildOf("release"));
});

const load = (va: bigint, size = 1) => ({ kind: "load", va, size });

test.each<[string, CsvColumns, string]>([
  ["by number, without a header", { address: 2, size: 3 }, "x,0x10,4\ny,0x20,8\n"],
  ["by number, behind a header", { address: 2, size: 3 }, "a,b,c\nx,0x10,4\ny,0x20,8\n"],
  ["by name", { address: "where", size: "Much" }, "what,Where,much\nx,0x10,4\ny,0x20,8\n"],
  ["over the header's names", { address: "b" }, "addr,b,len\nx,0x10,4\ny,0x20,8\n"],
  ["hexadecimal without 0x", { base: 16 }, "k\taddr\tbytes\nx\t10\t4\ny\t0x20\t8\n"],
])("columns are named %s", async (_, columns, text) => {
  const found = await entriesOf(core, text, { columns });
  expect(found.error).toBeUndefined();
  expect([found.format, found.entries]).toEqual(["csv", [load(16n, 4), load(32n, 8)]]);
});

test("fields may be quoted, and hold the delimiter", async () => {
  const text = 'note,"addr"\n"a, ""b""","0x10"\n,16\n';
  expect((await entriesOf(core, text)).entries).toEqual([load(16n), load(16n)]);
});

test("a byte order mark is passed by", async () => {
  expect((await entriesOf(core, "\ufeffaddr,x\n16,1\n")).entries).toEqual([load(16n)]);
});

test("what no column has is an error that says what there is", async () => {
  const missing = await entriesOf(core, "a,b\n1,2\n", { columns: { address: "c" } });
  expect(missing.error).toMatchObject({ code: "E_OPTION", message: expect.stringMatching(/"c".*"a, b"/) });
  const unnamed = await entriesOf(core, "a,b\n1,2\n", { format: "csv" });
  expect(unnamed.error).toMatchObject({ code: "E_TRACE", message: expect.stringMatching(/no column/) });
});

test.each([{ addres: 1 }, { address: 0 }, { address: "" }, { base: 8 }, { size: 1.5 }])(
  "columns %j are refused",
  (columns) => {
    const open = () => openTrace(new Uint8Array(1), { columns: columns as CsvColumns });
    expect(open).toThrow(PagewalkError);
    expect(open).toThrow(/^columns: /);
  },
);
