import { crc32, createInflateRaw } from "node:zlib";
import type { Entry, ZipFile } from "yauzl";
import { quote } from "../../errors.js";
import { chunksAt, type RandomAccess } from "../bytes.js";
import { openArchive } from "./archive.js";
import { INFLATE, inflate } from "./inflate.js";

/** Members of an archive that are listed at most. */
const MAX_MEMBERS = 1 << 16;
/** Members of an archive that an error names. */
const SHOWN = 5;
/** Compression methods (APPNOTE.TXT 4.4.5). */
const STORED = 0;
const DEFLATED = 8;

/**
 * The trace in a zip archive: its one member, or the members `chunk.0000`, `chunk.0001` ... that DynamoRIO
 * writes, joined in the order of their numbers. The archive's structure is read by yauzl; sizes and CRC-32
 * of what is decompressed are checked here.
 */
export async function* unzip(bytes: RandomAccess): AsyncGenerator<Uint8Array, undefined> {
  const archive = await openArchive(bytes);
  for (const member of chosen(await membersOf(archive, bytes))) {
    const name = nameOf(member);
    try {
      yield* contentOf(archive, bytes, member);
    } catch (thrown) {
      if (thrown instanceof Error) thrown.message = `member ${quote(name)}: ${thrown.message}`;
      throw thrown;
    }
  }
}

function nameOf(member: Entry): string {
  return new TextDecoder().decode(member.fileNameRaw);
}

/** All members but folders, and what macOS adds to an archive. */
async function membersOf(archive: ZipFile, bytes: RandomAccess): Promise<Entry[]> {
  const members: Entry[] = [];
  for await (const entry of archive.eachEntry()) {
    if (/\/$|^__MACOSX\/|(^|\/)(\._[^/]*|\.DS_Store)$/.test(nameOf(entry))) continue;
    if (members.push(entry) > MAX_MEMBERS) throw new Error(`it has more than ${MAX_MEMBERS} members`);
  }
  // yauzl believes the count of members, and so would pass over one behind them (its types call the place a boolean).
  const behind = bytes.read(Number(archive.readEntryCursor), 4);
  if (behind.length < 4 || isMemberEntry(behind)) throw new Error("it has more members than it says");
  return members;
}

/** Whether an entry of the archive's directory starts so (APPNOTE.TXT 4.3.12). */
function isMemberEntry(head: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(head) === "PK\x01\x02";
}

/** The members that are the trace, in order. */
function chosen(members: Entry[]): Entry[] {
  const [first] = members;
  if (!first) throw new Error("it has no members; want a trace in it");
  if (members.length === 1) return members;
  const chunks = members.map((member) => {
    const [, folder, number] = /^(.*\/)?chunk\.(\d{4,9})$/.exec(nameOf(member)) ?? [];
    return { member, folder, number: Number(number) };
  });
  chunks.sort((a, b) => a.number - b.number);
  const [start] = chunks;
  if (chunks.some(({ folder, number }) => Number.isNaN(number) || folder !== start?.folder)) {
    const names = members.slice(0, SHOWN).map((member) => quote(nameOf(member)));
    const more = members.length > SHOWN ? ` and ${members.length - SHOWN} more` : "";
    throw new Error(
      `it has ${members.length} members: ${names.join(", ")}${more}; want one trace, or chunk.0000, chunk.0001 ...`,
    );
  }
  chunks.forEach(({ member, number }, i) => {
    const before = chunks[i - 1]?.number;
    if (before === undefined || number === before + 1) return;
    const problem = number === before ? "is there twice" : `follows chunk ${before}; one is missing`;
    throw new Error(`member ${quote(nameOf(member))} ${problem}`);
  });
  return chunks.map(({ member }) => member);
}

async function* contentOf(
  archive: ZipFile,
  bytes: RandomAccess,
  member: Entry,
): AsyncGenerator<Uint8Array, undefined> {
  if (member.isEncrypted()) throw new Error("it is encrypted");
  const method = member.compressionMethod;
  if (method !== STORED && method !== DEFLATED) {
    throw new Error(`it is compressed by method ${method}; want deflate (8) or stored (0)`);
  }
  const { fileDataStart } = await archive.readLocalFileHeaderPromise(member, { minimal: true });
  if (fileDataStart + member.compressedSize > bytes.size) throw new Error("it goes beyond the file's end");
  const packed = chunksAt(bytes, fileDataStart, member.compressedSize);
  let length = 0;
  let checksum = 0;
  for await (const chunk of method === STORED ? packed : inflate(packed, createInflateRaw(INFLATE))) {
    const expected = chunk.subarray(0, member.uncompressedSize - length);
    length += chunk.length;
    checksum = crc32(expected, checksum);
    yield expected;
    if (expected.length < chunk.length) break;
  }
  if (length !== member.uncompressedSize) {
    const found = length > member.uncompressedSize ? "more" : `${length}`;
    throw new Error(`want ${member.uncompressedSize} bytes, found ${found}`);
  }
  if (checksum !== member.crc32) throw new Error("its CRC-32 is wrong");
}
