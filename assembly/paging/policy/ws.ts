// Working set (Denning, CACM 1968): a page leaves when as many lookups of its process as the parameter says passed without it. Its process is
// the one that looked it up last. Frames are a cap: where it is reached, the least recently used page leaves.

import { growArray, roomFor } from "../arrays";
import { firstFrom, growTree, highestWord, setWord } from "../highest";
import { Page, flagsOf, now, process, processNow, processes } from "../moment";
import { Needs } from "../policy";

/** log2 of the bytes of a page's record: the next older and the next newer page of its process, 0 of none, u32; its last lookup by its process's time, and by that of all, u64; the process, u32. */
const RECORD: u32 = 5;
const NEWER: usize = 4;
const PROCESS_TIME: usize = 8;
const TIME: usize = 16;
const PROCESS: usize = 24;

@unmanaged
export class WorkingSet {
  private window: u64;
  private frames: u32;
  private records: usize;
  /** The newest and the oldest page of each process: two u32. */
  private ends: usize;
  /** By process the last lookup of its oldest page, in a tree of so many leaves; the older, the higher. Where there is one process, nothing is in it. */
  private oldest: usize;
  private leaves: u32;
  /** Before this time of its process, nothing of that process leaves by itself: an oldest page is only ever followed by one that is newer. */
  private due: u64;
  private dueOf: u32;

  open(frames: u32, parameter: u64, seed: u64): bool {
    this.frames = frames;
    this.window = parameter;
    return this.ensure(1);
  }

  ensure(pages: u32): bool {
    const room = roomFor(pages, this.frames);
    const records = growArray(this.records, room << RECORD);
    const ends = growArray(this.ends, (<u64>processes + 1) << 3);
    if (records) this.records = records;
    if (ends) this.ends = ends;
    if (!records || !ends) return false;
    let leaves = max(this.leaves, 1);
    while (leaves < processes) leaves <<= 1;
    if (leaves == this.leaves) return true;
    const oldest = growTree(leaves, this.oldest, this.leaves);
    if (!oldest) return false;
    this.oldest = oldest;
    this.leaves = leaves;
    this.noteOldest(0, load<u32>(this.endsOf(0), 4));
    return true;
  }

  resize(frames: u32): void {
    this.frames = frames;
  }

  @inline
  hit(page: u32): void {
    const record = this.recordOf(page);
    if (load<u32>(record, PROCESS) != process) {
      this.leave(page);
      this.enter(page);
      return;
    }
    const older = load<u32>(record);
    const newer = load<u32>(record, NEWER);
    if (newer) {
      const ends = this.endsOf(process);
      const newest = load<u32>(ends);
      this.part(ends, process, older, newer);
      store<u32>(ends, page);
      store<u32>(this.recordOf(newest), page, NEWER);
      store<u32>(record, newest);
      store<u32>(record, 0, NEWER);
    }
    store<u64>(record, processNow, PROCESS_TIME);
    store<u64>(record, now, TIME);
    if (!newer && !older) this.noteOldest(process, page);
  }

  admit(page: u32): void {}

  evict(): u32 {
    const leaves = this.leaves;
    const number = leaves > 1 ? firstFrom(this.oldest, leaves, 0, leaves, highestWord(this.oldest)) : 0;
    const page = load<u32>(this.endsOf(number), 4);
    this.leave(page);
    return page;
  }

  insert(page: u32): void {
    this.enter(page);
  }

  drop(page: u32): void {
    if (flagsOf(page) & Page.Resident) this.leave(page);
  }

  @inline
  expired(): u32 {
    return processNow < this.due && process == this.dueOf ? 0 : this.findExpired();
  }

  private findExpired(): u32 {
    const page = load<u32>(this.endsOf(process), 4);
    const last = page ? load<u64>(this.recordOf(page), PROCESS_TIME) : processNow;
    if (page && processNow - last >= this.window) {
      this.leave(page);
      return page;
    }
    this.dueOf = process;
    // Where the sum does not fit a word, the oldest page is asked each time.
    this.due = max(last + this.window, last);
    return 0;
  }

  private recordOf(page: u32): usize {
    return this.records + ((<usize>page) << RECORD);
  }

  private endsOf(number: u32): usize {
    return this.ends + ((<usize>number) << 3);
  }

  /** Makes a page the newest of the process that runs, which looks it up now. */
  private enter(page: u32): void {
    const record = this.recordOf(page);
    const ends = this.endsOf(process);
    const older = load<u32>(ends);
    store<u32>(record, older);
    store<u32>(record, 0, NEWER);
    store<u64>(record, processNow, PROCESS_TIME);
    store<u64>(record, now, TIME);
    store<u32>(record, process, PROCESS);
    store<u32>(ends, page);
    if (older) {
      store<u32>(this.recordOf(older), page, NEWER);
    } else {
      store<u32>(ends, page, 4);
      this.noteOldest(process, page);
    }
  }

  private leave(page: u32): void {
    const record = this.recordOf(page);
    const number = load<u32>(record, PROCESS);
    const ends = this.endsOf(number);
    const older = load<u32>(record);
    const newer = load<u32>(record, NEWER);
    if (!newer) store<u32>(ends, older);
    this.part(ends, number, older, newer);
  }

  /** What is older and newer than a page are neighbours now. */
  private part(ends: usize, number: u32, older: u32, newer: u32): void {
    if (newer) store<u32>(this.recordOf(newer), older);
    if (older) {
      store<u32>(this.recordOf(older), newer, NEWER);
    } else {
      store<u32>(ends, newer, 4);
      this.noteOldest(number, newer);
    }
  }

  private noteOldest(number: u32, page: u32): void {
    if (this.leaves == 1) return;
    setWord(this.oldest, this.leaves, number, page ? ~load<u64>(this.recordOf(page), TIME) : 0);
  }

  read(page: u32): u32 {
    return load<u32>(this.recordOf(page));
  }

  readMore(page: u32): u32 {
    const record = this.recordOf(page);
    return load<u32>(this.recordOf(load<u32>(record))) + load<u32>(this.recordOf(load<u32>(record, NEWER)));
  }

  needs(): Needs {
    return <Needs>(Needs.OneRepeat | Needs.Time | Needs.Expiry);
  }
}
