// ChampSim's records, written and read with a DataView.

import type { OracleRecord } from "./machine.js";

export interface Instruction {
  ip: bigint;
  isBranch: boolean;
  taken: boolean;
  /** 2 destinations, 4 sources; 0 is an unused slot. */
  stores: bigint[];
  loads: bigint[];
}

const BYTES = 64;

export function writeChampSim(instructions: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(instructions.length * BYTES));
  for (const [i, { ip, isBranch, taken, stores, loads }] of instructions.entries()) {
    const at = i * BYTES;
    view.setBigUint64(at, ip, true);
    view.setUint8(at + 8, Number(isBranch));
    view.setUint8(at + 9, Number(taken));
    for (let register = 10; register < 16; register++) view.setUint8(at + register, (i * register) & 255);
    for (const [j, va] of stores.entries()) view.setBigUint64(at + 16 + 8 * j, va, true);
    for (const [j, va] of loads.entries()) view.setBigUint64(at + 32 + 8 * j, va, true);
  }
  return new Uint8Array(view.buffer);
}

/** A fetch of 4 bytes, then loads, then stores of 8, for each instruction. */
export function recordsOfInstructions(instructions: readonly Instruction[]): OracleRecord[] {
  return instructions.flatMap(({ ip, stores, loads }) => [
    { va: ip, size: 4, kind: "instruction" as const },
    ...loads.filter((va) => va !== 0n).map((va) => ({ va, size: 8, kind: "load" as const })),
    ...stores.filter((va) => va !== 0n).map((va) => ({ va, size: 8, kind: "store" as const })),
  ]);
}
