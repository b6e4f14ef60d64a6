// Names of a trace, as numbers that the host gives: addresses that calls answered, files, and what programs map.

import { takeBlock } from "../base/blocks";
import { PageMap, newPageMap } from "../paging/pagemap";
import { blockNamed, namesBlock } from "./heaps";
import { FileObject, newFile, releaseFile } from "./files";

/** log2 of a Name's bytes. */
const NAME: u32 = 5;

@unmanaged
class Name {
  /** What `as` bound it to. */
  address: u64;
  bound: bool;
  /** How the file of this name is open (`Open`); 0: closed. */
  open: u32;
  file: usize;
  /** What an exec of this program maps: the first Segment. */
  segments: usize;
}

/** log2 of a Segment's bytes. */
const SEGMENT: u32 = 6;

/** A part of a program. */
@unmanaged
export class Segment {
  next: usize;
  protection: u32;
  /** The number of its file's name; 0: anonymous. */
  file: u32;
  va: u64;
  bytes: u64;
  offset: u64;
  /** Where the program begins, as this part says; 0: it does not. */
  entry: u64;
}

let names: PageMap = changetype<PageMap>(0);

export function openNames(): bool {
  const made = newPageMap();
  if (made) names = made;
  return made != null;
}

function nameOf(number: u32): Name | null {
  const found = names.get(number);
  if (found) return changetype<Name>(<usize>found);
  const at = takeBlock(NAME);
  return at && names.put(number, <u32>at) ? changetype<Name>(at) : null;
}

/** Binds a name to an address. False when memory is used up. */
export function bind(number: u32, address: u64): bool {
  const name = nameOf(number);
  if (!name) return false;
  name.address = address;
  name.bound = true;
  return true;
}

/** Whether a name stands for an address. */
export function isBound(number: u32): bool {
  return isAnswer(number) || namesBlock(number);
}

/** Whether a call answered what a name stands for. */
function isAnswer(number: u32): bool {
  if (!changetype<usize>(names)) return false;
  const found = names.get(number);
  return found != 0 && changetype<Name>(<usize>found).bound;
}

/** What a name stands for: the answer of a call, or the running process's block. */
export function addressNamed(number: u32): u64 {
  return isAnswer(number) ? changetype<Name>(<usize>names.get(number)).address : blockNamed(number);
}

/** Makes a file of a name, in place of another that had it. Null when memory is used up. */
export function createFile(number: u32, size: u64, open: u32): FileObject | null {
  const name = nameOf(number);
  const file = newFile(size, false, number);
  if (!name || !file) return null;
  if (name.file) releaseFile(changetype<FileObject>(name.file));
  name.file = changetype<usize>(file);
  name.open = open;
  return file;
}

/** Whether a name is a file's. */
export function isFile(number: u32): bool {
  const found = names.get(number);
  return found != 0 && changetype<Name>(<usize>found).file != 0;
}

/** The file of a name, made when there is none; null when memory is used up. One that nothing was said of is as long as what is mapped of it. */
export function fileNamed(number: u32): FileObject | null {
  const found = names.get(number);
  if (found && changetype<Name>(<usize>found).file)
    return changetype<FileObject>(changetype<Name>(<usize>found).file);
  const made = createFile(number, 0, 3);
  if (made) made.grows = true;
  return made;
}

/** How the file of a name is open. */
export function openOf(number: u32): u32 {
  return changetype<Name>(<usize>names.get(number)).open;
}

export function setOpen(number: u32, open: u32): bool {
  if (!fileNamed(number)) return false;
  changetype<Name>(<usize>names.get(number)).open = open;
  return true;
}

/** The first part of a program, or null where none was named. */
export function segmentsOf(number: u32): Segment | null {
  const found = names.get(number);
  return found ? changetype<Segment | null>(changetype<Name>(<usize>found).segments) : null;
}

/** Adds a part to a program. False when memory is used up. */
export function addSegment(
  program: u32,
  va: u64,
  bytes: u64,
  protection: u32,
  file: u32,
  offset: u64,
  entry: u64,
): bool {
  const name = nameOf(program);
  const at = takeBlock(SEGMENT);
  if (!name || !at) return false;
  const segment = changetype<Segment>(at);
  segment.entry = entry;
  segment.va = va;
  segment.bytes = bytes;
  segment.protection = protection;
  segment.file = file;
  segment.offset = offset;
  let link = changetype<usize>(name) + offsetof<Name>("segments");
  while (load<usize>(link)) link = load<usize>(link);
  store<usize>(link, at);
  return true;
}
