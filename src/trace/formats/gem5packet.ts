// The messages of gem5's packet traces (src/proto/packet.proto), and what their numbers mean (src/mem/packet.hh,
// src/mem/request.hh).

import type { BinaryReader } from "@bufbuild/protobuf/wire";
import type { Kind } from "../../config/model.js";
import type { Output } from "../output.js";
import { BadRecord } from "../output.js";

const VARINT = 0;
const BYTES = 2;
/** Tags: a field's number and its wire type. */
const HEADER = { objId: tag(1, BYTES), tickFreq: tag(3, VARINT), hasMem: tag(4, VARINT) };
const PACKET = {
  tick: tag(1, VARINT),
  cmd: tag(2, VARINT),
  addr: tag(3, VARINT),
  size: tag(4, VARINT),
  flags: tag(5, VARINT),
  pktId: tag(6, VARINT),
  pc: tag(7, VARINT),
};
const READ_REQ = 1;
const WRITE_REQ = 4;
/** More than gem5 has. */
const COMMANDS = 256;
const INST_FETCH = 0x100;

function tag(field: number, wireType: number): number {
  return (field << 3) | wireType;
}

/** Reads the header message, up to `end`. @throws BadRecord if it is none */
export function readHeader(reader: BinaryReader, end: number): void {
  let objId = false;
  let tickFreq = false;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === HEADER.hasMem) throw new BadRecord("the header of an instruction trace; want one of packets");
    objId ||= tag === HEADER.objId;
    tickFreq ||= tag === HEADER.tickFreq;
    reader.skip(tag & 7, tag >>> 3);
  }
  if (!objId || !tickFreq)
    throw new BadRecord("the header lacks obj_id or tick_freq; want that of a packet trace");
}

/** Reads a packet, up to `end`: an access, or a command that is counted. @throws BadRecord if it is neither */
export function readPacket(reader: BinaryReader, end: number, output: Output): void {
  let cmd: number | undefined;
  let addr: bigint | string | undefined;
  let size: number | undefined;
  let flags = 0;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === PACKET.cmd) cmd = reader.uint32();
    else if (tag === PACKET.addr) addr = reader.uint64();
    else if (tag === PACKET.size) size = reader.uint32();
    else if (tag === PACKET.flags) flags = reader.uint32();
    else if (tag === PACKET.tick || tag === PACKET.pktId || tag === PACKET.pc) reader.uint32();
    else reader.skip(tag & 7, tag >>> 3);
  }
  if (reader.pos > end) throw new BadRecord("its last field is longer than the message");
  if (cmd === undefined) throw new BadRecord("no packet: it lacks cmd");
  if (cmd >= COMMANDS) throw new BadRecord(`no packet: there is no command ${cmd}`);
  if (cmd !== READ_REQ && cmd !== WRITE_REQ) {
    output.count(`command ${cmd}`);
    return;
  }
  if (addr === undefined || size === undefined)
    throw new BadRecord("a read or write that lacks addr or size");
  output.access(kindOf(cmd, flags), BigInt(addr), size);
}

function kindOf(cmd: number, flags: number): Kind {
  if (cmd === WRITE_REQ) return "store";
  return flags & INST_FETCH ? "instruction" : "load";
}
