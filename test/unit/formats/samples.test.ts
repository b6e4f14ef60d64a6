import { beforeAll, describe, expect, test } from "vitest";
import { Core } from "../../../src/engine/core.js";
import { FORMATS } from "../../../src/trace/formats/index.js";
import { buildOf } from "../../builds.js";
import { entriesOf } from "../../records.js";
import { SAMPLES } from "./samples.js";

/** First lines of the formats that the core decodes, and of a scenario. */
const OTHERS: Record<string, string> = {
  lackey: "==7== Lackey, an example Valgrind tool\nI  04025870,3\n==7== Exit code:       0\n",
  pinatrace: "0x7f3e1c2a1090: R 0x7ffd5b8a0f78\n",
  din: "2 408ed4\n",
  rw: "0041f7a0 R\n",
  scenario: "mmap 0 64K rw private,anon as $a\nfree p\n",
};

let core: Core;
beforeAll(async () => {
  core = await Core.create(await buildOf("release"));
});

describe.each(Object.entries(SAMPLES))("%s", (format, { text, entries, other = {} }) => {
  test("is known by its content, and every line becomes what it says", async () => {
    const found = await entriesOf(core, text);
    expect(found.error).toBeUndefined();
    expect(found.format).toBe(format);
    expect(found.entries).toEqual(entries);
    expect(found.other).toEqual(other);
  });

  test.each([1, 7, 64])("reads the same in pieces of %d bytes", async (piece) => {
    const found = await entriesOf(core, text, { piece });
    expect([found.format, found.entries]).toEqual([format, entries]);
  });

  test("reads the same with CRLF, and without a last newline", async () => {
    const crlf = text.replaceAll(/\r?\n/g, "\r\n");
    expect((await entriesOf(core, crlf)).entries).toEqual(entries);
    expect((await entriesOf(core, text.replace(/\n+$/, ""))).entries).toEqual(entries);
  });
});

test("no format takes another's trace", () => {
  const texts = Object.entries(SAMPLES).map(([name, { text }]) => [name, text] as const);
  for (const [name, text] of [...texts, ...Object.entries(OTHERS)]) {
    const head = new TextEncoder().encode(text);
    expect([name, FORMATS.find((format) => format.detect(head))?.name]).toEqual([name, name]);
  }
});
