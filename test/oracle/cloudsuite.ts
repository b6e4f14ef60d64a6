// CloudSuite's records, written with a DataView.

import type { Entry } from "../entries.js";

export interface CloudInstruction {
  ip: bigint;
  taken: boolean;
  asid: number;
  /** 4 destinations, 4 sources; 0 is an unused slot. */
  stores: bigint[];
  loads: bigint[];
}

/** Bytes of a record, and where its asid stands. */
export const CLOUD_LAYOUTS = { padded: { bytes: 96, asid: 88 }, short: { bytes: 88, asid: 18 } } as const;
export type CloudLayout = keyof typeof CLOUD_LAYOUTS;

export function writeCloudSuite(
  instructions: readonly CloudInstruction[],
  layout: CloudLayout = "padded",
): Uint8Array {
  const { bytes, asid: asidAt } = CLOUD_LAYOUTS[layout];
  const view = new DataView(new ArrayBuffer(instructions.length * bytes));
  for (const [i, { ip, taken, asid, stores, loads }] of instructions.entries()) {
    const at = i * bytes;
    view.setBigUint64(at, ip, true);
    view.setUint8(at + 8, Number(taken));
    view.setUint8(at + 9, Number(taken));
    for (let register = 10; register < 18; register++) view.setUint8(at + register, (i * register) & 255);
    for (const [j, va] of [...stores, ...loads].entries()) view.setBigUint64(at + 24 + 8 * j, va, true);
    view.setUint16(at + asidAt, asid, true);
  }
  return new Uint8Array(view.buffer);
}

/** A fetch of 4 bytes, then loads, then stores of 8; a switch wherever the asid is another. */
export function entriesOfCloudSuite(instructions: readonly CloudInstruction[]): Entry[] {
  return instructions.flatMap(({ ip, asid, stores, loads }, i) => [
    ...(i === 0 || instructions[i - 1]?.asid !== asid ? [{ process: BigInt(asid) }] : []),
    { va: ip, size: 4, kind: "instruction" as const },
    ...loads.filter((va) => va !== 0n).map((va) => ({ va, size: 8, kind: "load" as const })),
    ...stores.filter((va) => va !== 0n).map((va) => ({ va, size: 8, kind: "store" as const })),
  ]);
}
