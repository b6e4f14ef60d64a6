// Reading binary formats from memory to batches, of made-up traces that are the same each time.

import { Machine } from "pagewalk";
import { coreOf } from "./columns.js";
import { readAll } from "./formats.js";
import { median, printRow } from "./rows.js";
import { time } from "./time.js";

const ROUNDS = 7;
const RECORDS = 1_000_000;
const LOW = 2 ** 32;

/** ChampSim's instructions: each third loads, each seventh stores. */
function champsim(): Uint8Array {
  const view = new DataView(new ArrayBuffer(RECORDS * 64));
  for (let i = 0; i < RECORDS; i++) {
    const at = i * 64;
    setLong(view, at, 0x400000 + 4 * (i % 50_000));
    if (i % 7 === 0) setLong(view, at + 16, 0x7ffe00000000 + 8 * (i % 512));
    if (i % 3 === 0) setLong(view, at + 32, 0x7f0000000000 + 8 * (i % 100_000));
  }
  return new Uint8Array(view.buffer);
}

/** DynamoRIO's records: a header, a thread, a fetch and a read in turn, each seventh read a write, a footer. */
function drmemtrace(): Uint8Array {
  const view = new DataView(new ArrayBuffer(RECORDS * 12));
  const put = (i: number, type: number, size: number, address: number) => {
    view.setUint16(12 * i, type, true);
    view.setUint16(12 * i + 2, size, true);
    setLong(view, 12 * i + 4, address);
  };
  put(0, 25, 0, 7);
  put(1, 22, 4, 4711);
  for (let i = 2; i < RECORDS - 1; i++) {
    if (i % 2) put(i, 10, 4, 0x400000 + 2 * (i % 100_000));
    else put(i, i % 7 ? 0 : 1, 8, 0x7f0000000000 + 8 * (i % 100_000));
  }
  put(RECORDS - 1, 26, 0, 0);
  return new Uint8Array(view.buffer);
}

function setLong(view: DataView, at: number, value: number): void {
  view.setUint32(at, value % LOW, true);
  view.setUint32(at + 4, Math.floor(value / LOW), true);
}

export async function binaryRows(): Promise<void> {
  const core = coreOf(await Machine.create());
  for (const [name, bytes] of Object.entries({ champsim: champsim(), drmemtrace: drmemtrace() })) {
    let records = 0;
    const milliseconds = await time(async () => {
      records = await readAll(core, bytes);
    }, ROUNDS);
    const rate = RECORDS / median(milliseconds) / 1000;
    printRow({
      name: `${name}, from memory`,
      figure: `${rate.toFixed(0)} M of its records/s`,
      against: `${(records / RECORDS).toFixed(2)} of ours for each`,
      ratio: rate,
      unit: "M records/s",
      bar: 30,
      better: "above",
    });
  }
}
