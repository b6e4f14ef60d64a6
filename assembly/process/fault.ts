// Page faults: what an access needs that its leaf does not give.
//
//   no mapping                                          segv
//   the mapping forbids it                              protection
//   beyond the end of its file                          bus
//   no page yet          anonymous                      minor, a page of zeros
//                        of a file                      minor or major, the file's page; a store to a private one gets a copy
//   a page out of memory                                minor or major; a store to one that is shared copy-on-write gets a copy
//   a page in its frame, mapped, and a store            cow: a copy, or, for the last owner, leave to write

import { attributesOf, setFault, Outcome } from "../mmu/mmu";
import { FLAGS } from "../mmu/attributes";
import { Counter, count } from "../base/counters";
import { Fault } from "../base/fault";
import { Flag } from "../mmu/format";
import { format } from "../mmu/pagetable";
import { permits } from "../mmu/protection";
import { space, thread } from "../mmu/schedule";
import { Access } from "../mmu/tlb";
import { Page, addMapper, newPage, pageAt } from "../paging/page";
import { FileObject, pageOfFile, pagesOfFile } from "./files";
import { enter, widen } from "./hardware";
import { COW, ID, MAPPED, Memory, pageShift, mapping } from "./memory";
import { Bring, bring, copyContent, destroy, lock } from "./residency";
import { growStack } from "./stack";
import { note, pagedTables, pin, unpin } from "./tables";
import { unmapPage } from "./unmap";
import { tally } from "./tally";
import { WatchedFault, noteFault } from "./watch";
import { Protection, Vma, VmaFlag, vmaAt } from "./vma";

/** What a page fault came to. */
export enum PageFault {
  None,
  Minor,
  Major,
  Cow,
}

/** The page fault of the last access that had one: what was counted. */
export let lastPageFault: PageFault = PageFault.None;
/** What an access of an unmapped address comes to. */
export enum Unmapped {
  /** It gets a page, which may be used in every way. */
  Demand,
  /** A segv. */
  Strict,
  /** A segv once some process has mapped something. */
  StrictOnceMapped,
}

let unmapped: Unmapped = Unmapped.Demand;

export function setUnmapped(to: Unmapped): void {
  unmapped = to;
}

/** Whether unmapped addresses are an error. */
export function isStrict(): bool {
  return unmapped == Unmapped.Strict || (unmapped == Unmapped.StrictOnceMapped && mapping);
}

export function forgetPageFault(): void {
  lastPageFault = PageFault.None;
}

/** What a mapping lets a program do, as flags of a leaf: a page that may be written may be read, and where there is no bit for reading, one that may be executed too. */
export function flagsOfProtection(protection: u32): u32 {
  if (!protection) return 0;
  let flags: u32 = Flag.User;
  if (protection & Protection.Execute) flags |= Flag.Execute;
  if (protection & Protection.Write) flags |= Flag.Write | Flag.Read;
  if (protection & Protection.Read || !format.read) flags |= Flag.Read;
  return flags;
}

/** What kind of access has the fault; a load, where it is none. */
let faultingAccess: u32 = Access.Load;
/** Its address. */
let faultingVa: u64 = 0;

/** The resolver of the MMU. */
export function resolve(va: u64, access: u32): Outcome {
  const memory = changetype<Memory>(space.memory);
  const page = va >> pageShift;
  const vma = vmaAt(memory, page) || growStack(memory, page);
  if (!vma && isStrict()) return ended(Fault.Segv);
  const flags = vma ? flagsOfProtection(vma.protection) : attributesOf(va) & FLAGS;
  if (!permits(flags, access)) return ended(Fault.Protection);
  lastPageFault = PageFault.None;
  faultingAccess = access;
  faultingVa = va;
  const outcome = touch(memory, vma, page, flags, access == Access.Store);
  faultingAccess = Access.Load;
  faultingVa = 0;
  return outcome;
}

function ended(fault: Fault): Outcome {
  setFault(fault);
  return Outcome.Faulted;
}

/** An access that the mapping permits. */
export function touch(memory: Memory, vma: Vma | null, page: u64, flags: u32, write: bool): Outcome {
  if (!pagedTables) return touchPage(memory, vma, page, flags, write);
  if (vma && vma.file && isBeyond(vma, page, memory.pages.get(page) & ID)) return ended(Fault.Bus);
  returningStore = write;
  const pinned = pin(memory, page);
  returningStore = false;
  if (pinned != Bring.Was) return lacked(pinned);
  const outcome = touchPage(memory, vma, page, flags, write);
  unpin(memory, page);
  return outcome;
}

/** A table of a page came back from swap. */
export function returned(page: u64): void {
  counted(PageFault.Major, page, returningStore);
}

/** The fault that tables come back for is a store's; a call's is a load. */
let returningStore: bool = false;

/** The same, with its tables there. */
function touchPage(memory: Memory, vma: Vma | null, page: u64, flags: u32, write: bool): Outcome {
  const entry = memory.pages.get(page);
  const id = entry & ID;
  if (vma && vma.file && isBeyond(vma, page, id)) return ended(Fault.Bus);
  if (!id && !(vma && vma.file)) return touchNew(memory, vma, page, flags, write);
  const from = id ? id : pageOfFile(changetype<FileObject>((<Vma>vma).file), (<Vma>vma).indexOf(page));
  if (!from) return Outcome.OutOfMemory;
  const here = pageAt(from);
  const copies = write && isPrivate(vma) && (here.refs > 1 || here.file != 0);
  if (entry & MAPPED) {
    if (copies) return copy(memory, vma, page, from, flags, PageFault.Cow);
    counted(PageFault.Cow, page, write);
    memory.pages.put(page, entry & ~COW);
    widen(memory, page, flags);
    return Outcome.Done;
  }
  const brought = bring(from, 0);
  if (brought >= Bring.NoFrame) return lacked(brought);
  const fault = brought == Bring.Disk ? PageFault.Major : PageFault.Minor;
  if (copies) return copy(memory, vma, page, from, flags, fault);
  counted(fault, page, write);
  if (!id && !addMapper(here, changetype<usize>(memory), page)) return Outcome.OutOfMemory;
  return map(memory, vma, page, from, flags, write ? 0 : entry);
}

function isPrivate(vma: Vma | null): bool {
  return vma == null || !vma.isShared();
}

/** Whether a page of a file's mapping has nothing of the file behind it, nor a copy of its own. */
function isBeyond(vma: Vma, page: u64, id: u32): bool {
  if (id && !pageAt(id).file) return false;
  const file = changetype<FileObject>(vma.file);
  return vma.indexOf(page) >= pagesOfFile(file);
}

function lacked(brought: Bring): Outcome {
  return brought == Bring.NoMemory ? Outcome.OutOfMemory : ended(Fault.OutOfFrames);
}

/** A call could not bring a page in. */
export function lackedFrame(page: u64, write: bool): void {
  count(Counter.OutOfFrames);
  noteFault(WatchedFault.OutOfFrames, page << pageShift, write ? Access.Store : Access.Load);
  tally(thread.process, WatchedFault.OutOfFrames);
}

function counted(fault: PageFault, page: u64, write: bool): void {
  lastPageFault = fault;
  const va = faultingVa >> pageShift == page ? faultingVa : page << pageShift;
  noteFault(<WatchedFault>(fault - 1), va, write ? Access.Store : faultingAccess);
  tally(thread.process, <WatchedFault>(fault - 1));
  if (fault == PageFault.Minor) {
    count(Counter.MinorFaults);
  } else if (fault == PageFault.Major) {
    count(Counter.MajorFaults);
  } else {
    count(Counter.CowFaults);
  }
}

/** A new anonymous page. */
function touchNew(memory: Memory, vma: Vma | null, page: u64, flags: u32, write: bool): Outcome {
  const id = newPage(0, 0);
  if (!id) return Outcome.OutOfMemory;
  const brought = bring(id, 0);
  if (brought >= Bring.NoFrame) {
    destroy(id);
    return lacked(brought);
  }
  counted(PageFault.Minor, page, write);
  if (!addMapper(pageAt(id), changetype<usize>(memory), page)) return Outcome.OutOfMemory;
  return map(memory, vma, page, id, flags, 0);
}

/** Whether a store through a mapping copies its page first: it is private, and the page is a file's, or shared, or was when it was last mapped. */
export function copiesFirst(vma: Vma | null, here: Page, entry: u32): bool {
  return isPrivate(vma) && (here.refs > 1 || here.file != 0 || (entry & COW) != 0);
}

/** What a leaf lets a program do. */
export function leafFlags(flags: u32, cow: bool): u32 {
  return cow ? (flags & ~(<u32>Flag.Write)) | <u32>Flag.Cow : flags;
}

/** Maps a page, which `memory` is noted to map, to its frame. `entry`: what the page map said of it, where that still holds. */
function map(memory: Memory, vma: Vma | null, page: u64, id: u32, flags: u32, entry: u32): Outcome {
  const here = pageAt(id);
  const cow = copiesFirst(vma, here, entry);
  if (pagedTables) note(memory, page, i32(!memory.pages.get(page)), 1);
  if (!memory.pages.put(page, id | MAPPED | (cow ? COW : 0))) return Outcome.OutOfMemory;
  memory.resident++;
  if (!enter(memory, page, here.frame, leafFlags(flags, cow))) return Outcome.OutOfMemory;
  if (vma && vma.flags & VmaFlag.Locked) lock(here, id);
  return Outcome.Done;
}

/** Gives a mapping a copy of a page, which may be written. The page stays in memory meanwhile. */
function copy(memory: Memory, vma: Vma | null, page: u64, from: u32, flags: u32, fault: PageFault): Outcome {
  const id = newPage(0, 0);
  if (!id) return Outcome.OutOfMemory;
  const brought = copyContent(from, id) ? bring(id, from) : Bring.NoMemory;
  if (brought >= Bring.NoFrame) {
    destroy(id);
    return lacked(brought);
  }
  counted(fault, page, true);
  if (memory.pages.get(page)) unmapPage(memory, vma, page);
  if (!addMapper(pageAt(id), changetype<usize>(memory), page)) return Outcome.OutOfMemory;
  return map(memory, vma, page, id, flags, 0);
}
