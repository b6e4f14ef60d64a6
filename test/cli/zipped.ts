import { crc32, deflateRawSync } from "node:zlib";

/** A member of an archive; what is left out is as it should be. */
export interface Member {
  name: string;
  content: Uint8Array | string;
  /** 0 stored, 8 deflated. */
  method?: number;
  /** Bit 0: encrypted. */
  flags?: number;
  crc?: number;
  size?: number;
}

/** A zip archive (APPNOTE.TXT, 4.3). */
export function zipOf(...members: Member[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const member of members) {
    const { name, method = 8, flags = 0 } = member;
    const content = Buffer.from(member.content);
    const data = method === 8 ? deflateRawSync(content) : content;
    const { crc = crc32(content), size = content.length } = member;
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(flags, 2);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(crc, 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(size, 18);
    common.writeUInt16LE(Buffer.byteLength(name), 22);
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, Buffer.from(name), data]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0"), common, place, Buffer.from(name)]));
    locals.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06");
  end.writeUInt16LE(members.length, 8);
  end.writeUInt16LE(members.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, ...directory, end]);
}
