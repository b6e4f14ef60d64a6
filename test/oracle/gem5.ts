// gem5's packet traces, written and read varint by varint.

import type { OracleRecord } from "./machine.js";

export interface Packet {
  tick: bigint;
  cmd: number;
  addr: bigint;
  size: number;
  flags?: number;
  pktId?: bigint;
  pc?: bigint;
}

export const GEM5_HEADER = message([
  text(1, "system.monitor"),
  number(2, 0n),
  number(3, 1_000_000_000_000n),
  text(4, "\b\u0001"),
]);

export function writeGem5(packets: readonly Packet[], header = GEM5_HEADER): Uint8Array {
  return Uint8Array.from([..."gem5"].map(codeOf).concat(header, ...packets.map(packet)));
}

/** The messages' first bytes, and where the last ends. */
export function startsOf(packets: readonly Packet[]): number[] {
  const lengths = [4, GEM5_HEADER.length, ...packets.map((each) => packet(each).length)];
  return lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0));
}

export function recordsOfPackets(packets: readonly Packet[]): OracleRecord[] {
  return packets
    .filter(({ cmd }) => cmd === 1 || cmd === 4)
    .map(({ cmd, addr, size, flags = 0 }) => {
      const fetch = Math.floor(flags / 256) % 2 === 1;
      return { va: addr, size: size || 1, kind: cmd === 4 ? "store" : fetch ? "instruction" : "load" };
    });
}

export function message(fields: readonly number[][]): number[] {
  const bytes = fields.flat();
  return [...varint(BigInt(bytes.length)), ...bytes];
}

export function number(field: number, value: bigint): number[] {
  return [field * 8, ...varint(value)];
}

function text(field: number, value: string): number[] {
  return [field * 8 + 2, value.length, ...[...value].map(codeOf)];
}

function packet({ tick, cmd, addr, size, flags, pktId, pc }: Packet): number[] {
  const optional = (field: number, value: number | bigint | undefined) =>
    value === undefined ? [] : number(field, BigInt(value));
  return message([
    number(1, tick),
    number(2, BigInt(cmd)),
    number(3, addr),
    number(4, BigInt(size)),
    optional(5, flags),
    optional(6, pktId),
    optional(7, pc),
  ]);
}

function varint(value: bigint): number[] {
  return value < 128n ? [Number(value)] : [Number(value % 128n) + 128, ...varint(value / 128n)];
}

function codeOf(letter: string): number {
  return letter.charCodeAt(0);
}
