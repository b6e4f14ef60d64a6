// How entries of a page table are laid out, and what of an address chooses them. A machine has one format, and with nested
// tables a second, the host's. The bits of each architecture stand in `formats/`; the shape (levels, leaves) is given by the host.
//
// Levels are counted from the last table, 0, up to the root. Sizes of pages are counted from the smallest, 0.

import { allocate } from "../base/arena";

/** Whose bits. */
export enum Family {
  X86,
  Riscv,
  Aarch64,
  Radix,
}

/** What an entry says, whatever its format: the flags of a leaf. */
export enum Flag {
  Read = 16,
  Write = 32,
  Execute = 64,
  User = 128,
  Global = 256,
  Accessed = 512,
  Dirty = 1024,
  /** Software's: a store copies the page first. */
  Cow = 2048,
}

export enum Most {
  Levels = 8,
  Sizes = 8,
}

/** Flags begin at this bit; sets of them there are. */
const FLAG_SHIFT: u32 = 4;
const FLAG_SETS: u32 = 256;

/** Bytes of the shape behind the fields: shifts and bits of levels; shifts, levels and runs of sizes. Then comes the path. */
const SHAPE: u32 = 40;

@unmanaged
export class Format {
  /** Tables on the way to a leaf of the smallest size. */
  levels: u32;
  sizes: u32;
  /** log2 of an entry's bytes. */
  entryShift: u32;
  /** log2 of the smallest page's bytes. */
  pageBits: u32;
  /** Bits of an address that are translated, and whether those above must be copies of the highest. */
  vaBits: u32;
  signed: bool;
  /** The highest of these bits chooses one of two roots. */
  halves: bool;
  /** The frame field lies at the place of the physical address itself (0), or the frame number at this bit. */
  frameShift: u64;
  /** Bits of the frame field. */
  frame: u64;
  /** Physical address bits 51 to 48 stand in bits 15 to 12, or 51 and 50 in 9 and 8: where the first of them is moved to, and how many. */
  highFrom: u64;
  highTo: u64;
  highBits: u64;
  /** Bits that make an entry present, that mark a table, a leaf above the last level, and one there. */
  present: u64;
  table: u64;
  upperLeaf: u64;
  lastLeaf: u64;
  /** An entry above the last level is a leaf if it has one of these bits, some of them inverted. */
  leafMask: u64;
  leafFlip: u64;
  /** For each flag, its bits; and those of them that are set where the flag is not. */
  read: u64;
  write: u64;
  execute: u64;
  user: u64;
  global: u64;
  accessed: u64;
  dirty: u64;
  cow: u64;
  flips: u64;
  /** The accessed bit of entries that point to tables; 0 where they have none. */
  tableAccessed: u64;
  /** The bit of entries that are one of a run, and whether the run's length stands in its frame number (Svnapot). */
  run: u64;
  napot: bool;
  /** Bits beside the frame field; what a leaf was asked for last says there, and what that means. */
  private beside: u64;
  private said: u64;
  private meant: u32;
  /** Bits that say flags, and by all flags shifted to 0 which of them are set. */
  private saying: u64;
  private words: usize;
  /** The way that the path notes, where all of its tables are there: where its root stands (0: there is none), the level of its leaf, the table there, and the part of an address that chose it. */
  private wayRoot: usize;
  private wayLeaf: u32;
  private wayTable: usize;
  private wayShift: u64;
  private wayPart: u64;

  /** Readies the format, when all its bits are known. False when memory is used up. */
  close(): bool {
    const high = (((<u64>1) << this.highBits) - 1) << this.highTo;
    this.beside = ~(this.frame | high);
    // As no leaf says it.
    this.said = ~this.beside;
    this.saying = this.read | this.write | this.execute | this.user;
    this.saying |= this.global | this.accessed | this.dirty | this.cow;
    this.words = allocate((<u64>FLAG_SETS) << 3, 8);
    if (!this.words) return false;
    for (let set: u32 = 0; set < FLAG_SETS; set++) {
      store<u64>(this.words + ((<usize>set) << 3), this.wordOf(set << FLAG_SHIFT));
    }
    return true;
  }

  /** The bits that say flags. */
  private wordOf(flags: u32): u64 {
    let word = this.bitsIf(this.read, (flags & Flag.Read) != 0);
    word |= this.bitsIf(this.write, (flags & Flag.Write) != 0);
    word |= this.bitsIf(this.execute, (flags & Flag.Execute) != 0);
    word |= this.bitsIf(this.user, (flags & Flag.User) != 0);
    word |= this.bitsIf(this.global, (flags & Flag.Global) != 0);
    word |= this.bitsIf(this.accessed, (flags & Flag.Accessed) != 0);
    word |= this.bitsIf(this.dirty, (flags & Flag.Dirty) != 0);
    return word | this.bitsIf(this.cow, (flags & Flag.Cow) != 0);
  }

  private bitsIf(bits: u64, on: bool): u64 {
    const flipped = (bits & this.flips) != 0;
    return on != flipped ? bits : 0;
  }

  private at(place: u32): usize {
    return changetype<usize>(this) + offsetof<Format>() + place;
  }

  /** log2 of the bytes that an entry of a level spans. */
  shiftOf(level: u32): u64 {
    return load<u8>(this.at(level));
  }

  bitsOf(level: u32): u64 {
    return load<u8>(this.at(<u32>Most.Levels + level));
  }

  /** log2 of a size's bytes. */
  sizeShift(size: u32): u64 {
    return load<u8>(this.at(2 * <u32>Most.Levels + size));
  }

  /** The level of a size's leaves. */
  levelOf(size: u32): u32 {
    return load<u8>(this.at(2 * <u32>Most.Levels + <u32>Most.Sizes + size));
  }

  /** log2 of the entries that make up one leaf. */
  runOf(size: u32): u64 {
    return load<u8>(this.at(2 * <u32>Most.Levels + 2 * <u32>Most.Sizes + size));
  }

  /** The address of the entry at a level of the last path, 0 where there is no table. */
  pathAt(level: u32): usize {
    return load<usize>(this.at(SHAPE + (level << 2)));
  }

  setPath(level: u32, slot: usize): void {
    store<usize>(this.at(SHAPE + (level << 2)), slot);
  }

  /** Whether the path leads to the entry of `leaf` level for `va` below a root, but for that entry, which it then notes. */
  follow(root: usize, va: u64, leaf: u32): bool {
    if (root != this.wayRoot || leaf != this.wayLeaf || va >> this.wayShift != this.wayPart) return false;
    this.setPath(leaf, this.entryOf(this.wayTable, leaf, va));
    return true;
  }

  /** The path leads to an entry of `leaf` level, in a table that is there, for `va` below a root. */
  keepWay(root: usize, va: u64, leaf: u32, table: usize): void {
    this.wayRoot = root;
    this.wayLeaf = leaf;
    this.wayTable = table;
    this.wayShift = this.shiftOf(leaf) + this.bitsOf(leaf);
    this.wayPart = va >> this.wayShift;
  }

  /** The path is another now, or a table on it was freed. */
  forgetWay(): void {
    this.wayRoot = 0;
  }

  addLevel(shift: u32, bits: u32): void {
    // The root comes first: those that are there move up.
    for (let level = this.levels; level > 0; level--) {
      store<u8>(this.at(level), load<u8>(this.at(level - 1)));
      store<u8>(this.at(<u32>Most.Levels + level), load<u8>(this.at(<u32>Most.Levels + level - 1)));
    }
    store<u8>(this.at(0), shift);
    store<u8>(this.at(Most.Levels), bits);
    this.levels++;
  }

  addSize(shift: u32, level: u32, run: u32): void {
    const size = this.sizes++;
    store<u8>(this.at(2 * <u32>Most.Levels + size), shift);
    store<u8>(this.at(2 * <u32>Most.Levels + <u32>Most.Sizes + size), level);
    store<u8>(this.at(2 * <u32>Most.Levels + 2 * <u32>Most.Sizes + size), run);
  }

  tableBytes(level: u32): u32 {
    return (<u32>1) << (<u32>this.bitsOf(level) + this.entryShift);
  }

  loadEntry(slot: usize): u64 {
    const shift = this.entryShift;
    if (shift == 3) return load<u64>(slot);
    return shift == 2 ? <u64>load<u32>(slot) : <u64>load<u16>(slot);
  }

  storeEntry(slot: usize, entry: u64): void {
    const shift = this.entryShift;
    if (shift == 3) store<u64>(slot, entry);
    else if (shift == 2) store<u32>(slot, <u32>entry);
    else store<u16>(slot, <u16>entry);
  }

  /** The address of the entry for `va` in a table of `level`. */
  entryOf(table: usize, level: u32, va: u64): usize {
    const index = (va >> this.shiftOf(level)) & (((<u64>1) << this.bitsOf(level)) - 1);
    return table + ((<usize>index) << this.entryShift);
  }

  isPresent(entry: u64): bool {
    return (entry & this.present) != 0;
  }

  /** Whether a present entry of `level` is a leaf. */
  isLeaf(entry: u64, level: u32): bool {
    return level == 0 || ((entry ^ this.leafFlip) & this.leafMask) != 0;
  }

  /** The frame field for a physical address. */
  private place(pa: u64): u64 {
    let field = this.frameShift ? (pa >> this.pageBits) << this.frameShift : pa;
    if (this.highBits) {
      const high = (pa >> this.highFrom) & (((<u64>1) << this.highBits) - 1);
      field = (field & ~((((<u64>1) << this.highBits) - 1) << this.highFrom)) | (high << this.highTo);
    }
    return field;
  }

  /** The physical address in an entry's frame field. */
  addressIn(entry: u64): u64 {
    let pa = entry & this.frame;
    if (this.frameShift) pa = (pa >> this.frameShift) << this.pageBits;
    if (this.highBits) {
      const high = (entry >> this.highTo) & (((<u64>1) << this.highBits) - 1);
      pa |= high << this.highFrom;
    }
    return pa;
  }

  tableEntry(pa: u64): u64 {
    return this.table | this.place(pa);
  }

  /** The entry of a page that is not present, with a number where its frame's would stand; 0 where the number does not fit. */
  absentEntry(number: u64): u64 {
    const pa = number << this.pageBits;
    const entry = this.place(pa);
    return this.addressIn(entry) == pa && !this.isPresent(entry) ? entry : 0;
  }

  /** The entry of a leaf with `flags`, one of 2^run. */
  leafEntry(pa: u64, level: u32, run: u64, flags: u32): u64 {
    let entry = (level ? this.upperLeaf : this.lastLeaf) | this.place(pa);
    if (run) {
      entry |= this.run;
      if (this.napot) entry |= ((<u64>1) << (run - 1)) << this.frameShift;
    }
    return this.withFlags(entry, flags);
  }

  withFlags(entry: u64, flags: u32): u64 {
    return (entry & ~this.saying) | load<u64>(this.words + ((<usize>(flags >> FLAG_SHIFT)) << 3));
  }

  /** What a leaf says. Most leaves say the same as the one before. */
  @inline
  flagsOf(entry: u64): u32 {
    const said = entry & this.beside;
    if (said != this.said) {
      this.said = said;
      this.meant = this.meaning(said);
    }
    return this.meant;
  }

  private meaning(entry: u64): u32 {
    let flags: u32 = 0;
    // A format without a bit for reading lets every present page be read.
    if (!this.read || this.has(entry, this.read)) flags |= Flag.Read;
    if (this.has(entry, this.write)) flags |= Flag.Write;
    if (this.has(entry, this.execute)) flags |= Flag.Execute;
    if (this.has(entry, this.user)) flags |= Flag.User;
    if (this.has(entry, this.global)) flags |= Flag.Global;
    if (this.has(entry, this.accessed)) flags |= Flag.Accessed;
    if (this.has(entry, this.dirty)) flags |= Flag.Dirty;
    if (this.has(entry, this.cow)) flags |= Flag.Cow;
    return flags;
  }

  private has(entry: u64, bits: u64): bool {
    return ((entry ^ (this.flips & bits)) & bits) != 0;
  }

  /** What an entry says beside its frame. */
  besideFrame(entry: u64): u64 {
    return entry & this.beside;
  }

  isDirty(entry: u64): bool {
    return this.has(entry, this.dirty);
  }

  /** A physical address in the page of `size` whose leaf is `entry`. */
  physical(entry: u64, size: u32, va: u64): u64 {
    const offset = ((<u64>1) << this.sizeShift(size)) - 1;
    return (this.addressIn(entry) & ~offset) | (va & offset);
  }
}

/** An empty format, or null when memory is used up. */
export function newFormat(): Format | null {
  const bytes = offsetof<Format>() + SHAPE + 4 * <usize>Most.Levels;
  return changetype<Format | null>(allocate(bytes, 8));
}
