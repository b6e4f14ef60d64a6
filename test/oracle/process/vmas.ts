// Mappings of one address space as a Map from page number to what holds for that page. What /proc/PID/maps would list is derived from it.
// The calls are written page by page, from docs/processes.md and the manual pages of Linux.

export const PAGE = 4096n;
/** Bytes of the whole range of addresses. */
const ALL = 1n << 64n;
const GUARD = 256;

export type Flag =
  | "shared"
  | "growsdown"
  | "locked"
  | "noreserve"
  | "hugepage"
  | "nohugepage"
  | "dontfork"
  | "wipeonfork"
  | "mayread"
  | "maywrite"
  | "mayexec"
  | "accounted"
  | "random"
  | "sequential"
  | "dontdump"
  | "mergeable";

export interface TwinFile {
  name: number;
  bytes: bigint;
  /** It is anonymous shared memory. */
  nameless: boolean;
  /** Pages of it that are promised. */
  promised: number;
}

interface PageInfo {
  prot: string;
  flags: ReadonlySet<Flag>;
  file: TwinFile | null;
  /** Which page of the file. */
  index: number;
}

export interface TwinVma {
  first: number;
  end: number;
  info: PageInfo;
}

export interface World {
  /** In pages. */
  top: number;
  low: number;
  base: number;
  maxMaps: number;
  ram: number;
  swap: number;
  overcommit: "heuristic" | "always" | "never";
}

export interface MapCall {
  va: bigint;
  bytes: bigint;
  prot: string;
  kind: "private" | "shared" | "both" | "neither";
  options: ReadonlySet<"fixed" | "noreplace" | "populate" | "growsdown" | "noreserve" | "locked">;
  file: TwinFile | null;
  offset: bigint;
  open: string;
}

class Failed extends Error {
  readonly errno: string;

  constructor(errno: string) {
    super(errno);
    this.errno = errno;
  }
}

function fail(errno: string): never {
  throw new Failed(errno);
}

function unless(holds: boolean, errno: string): void {
  if (!holds) fail(errno);
}

function aligned(bytes: bigint): boolean {
  return bytes % PAGE === 0n;
}

function roundedUp(bytes: bigint): bigint {
  return ((bytes + PAGE - 1n) / PAGE) * PAGE;
}

function has(set: string, letters: string): boolean {
  return [...letters].every((letter) => set.includes(letter));
}

export class VmaTwin {
  readonly pages = new Map<number, PageInfo>();
  /** Pages that have been used since they were mapped. */
  readonly touched = new Set<number>();
  /** Those of them that MADV_PAGEOUT took out of memory. */
  private readonly out = new Set<number>();
  /** Pages where a VMA begins though the one below is alike: stacks that met. */
  private readonly seams = new Set<number>();
  readonly limits = { as: ALL, data: ALL, stack: ALL, memlock: ALL };
  brkStart = 0n;
  brk = 0n;
  private lockFuture = false;
  private files = 1_000_000;
  readonly world: World;
  /** What `vmas` found, until a page changes. */
  private found: TwinVma[] | undefined;

  constructor(world: World) {
    this.world = world;
  }

  // What is there.

  vmas(): TwinVma[] {
    this.found ??= this.derive();
    return this.found;
  }

  private derive(): TwinVma[] {
    const found: TwinVma[] = [];
    let last: TwinVma | undefined;
    for (const page of [...this.pages.keys()].sort((a, b) => a - b)) {
      const info = this.at(page);
      if (last?.end === page && !this.seams.has(page) && this.follows(this.at(page - 1), info)) {
        last.end++;
      } else {
        last = { first: page, end: page + 1, info };
        found.push(last);
      }
    }
    return found;
  }

  private at(page: number): PageInfo {
    const info = this.pages.get(page);
    if (!info) throw new Error(`page ${page} is not mapped`);
    return info;
  }

  private follows(low: PageInfo, high: PageInfo): boolean {
    if (low.prot !== high.prot || low.file !== high.file) return false;
    if (low.file && low.index + 1 !== high.index) return false;
    return low.flags === high.flags || isSame(low.flags, high.flags);
  }

  count(which: (info: PageInfo) => boolean): number {
    let pages = 0;
    for (const info of this.pages.values()) if (which(info)) pages++;
    return pages;
  }

  get mapped(): number {
    return this.pages.size;
  }

  get data(): number {
    return this.count(isData);
  }

  get locked(): number {
    return this.count(({ flags }) => flags.has("locked"));
  }

  get accounted(): number {
    return this.count(({ flags }) => flags.has("accounted"));
  }

  /** What counts against overcommit, of this address space and of what it shares. */
  get committed(): number {
    const shared = new Set<TwinFile>();
    for (const { file } of this.pages.values()) if (file) shared.add(file);
    return [...shared].reduce((sum, { promised }) => sum + promised, this.accounted);
  }

  private isFree(first: number, end: number): boolean {
    for (let page = first; page < end; page++) if (this.pages.has(page)) return false;
    return true;
  }

  // What may be had.

  private within(pages: number, limit: bigint): boolean {
    return limit === ALL || BigInt(pages) * PAGE <= limit;
  }

  private mayExpand(pages: number, data: boolean): boolean {
    if (!this.within(this.mapped + pages, this.limits.as)) return false;
    return !data || this.within(this.data + pages, this.limits.data);
  }

  private mayLock(pages: number): boolean {
    return this.within(this.locked + pages, this.limits.memlock);
  }

  private mayCommit(pages: number): boolean {
    const { overcommit, ram, swap } = this.world;
    if (overcommit === "always") return true;
    if (overcommit === "heuristic") return pages <= ram + swap;
    return this.committed + pages <= Math.floor(ram / 2) + swap;
  }

  // Changes of pages.

  private set(page: number, info: PageInfo): void {
    this.found = undefined;
    this.pages.set(page, info);
  }

  private drop(page: number): void {
    this.found = undefined;
    this.pages.delete(page);
    this.touched.delete(page);
    this.out.delete(page);
    this.seams.delete(page);
  }

  /** Something was done to [first, end) as a whole: it joins with what is beside it. */
  private joined(first: number, end: number): void {
    this.found = undefined;
    this.seams.delete(first);
    this.seams.delete(end);
  }

  private vmaOf(page: number): TwinVma | undefined {
    return this.vmas().find(({ first, end }) => first <= page && page < end);
  }

  /** Whether cutting a hole into the middle of a VMA would make one too many. */
  private mayCut(first: number, end: number): boolean {
    const vma = this.vmaOf(first);
    if (!vma || vma.first === first || vma.end <= end) return true;
    return this.vmas().length < this.world.maxMaps;
  }

  private unmapRange(first: number, end: number): void {
    unless(this.mayCut(first, end), "ENOMEM");
    for (let page = first; page < end; page++) this.drop(page);
    this.seams.delete(end);
  }

  /** Gives the pages of a part of a VMA other attributes; `errno` if that would make too many VMAs. */
  private modify(first: number, end: number, change: (info: PageInfo) => PageInfo, errno: string): void {
    const { maxMaps } = this.world;
    const before = this.vmas().length;
    const old = new Map<number, PageInfo>();
    const seams = [first, end].filter((page) => this.seams.has(page));
    for (let page = first; page < end; page++) {
      old.set(page, this.at(page));
      this.set(page, change(this.at(page)));
    }
    this.joined(first, end);
    const after = this.vmas().length;
    if (after <= before || after <= maxMaps) return;
    for (const [page, info] of old) this.set(page, info);
    for (const page of seams) this.seams.add(page);
    this.found = undefined;
    fail(errno);
  }

  /** Makes pages resident, up to what cannot be. */
  private populate(first: number, end: number): string | undefined {
    for (let page = first; page < end; page++) {
      const info = this.pages.get(page);
      if (!info) continue;
      if (info.prot === "") return "EFAULT";
      if (isBeyond(info)) return "EFAULT";
      this.touched.add(page);
      this.out.delete(page);
    }
    return undefined;
  }

  // Calls. Each gives its result, or the errno's name.

  private call(body: () => bigint | undefined): bigint | string {
    try {
      return body() ?? 0n;
    } catch (error) {
      if (error instanceof Failed) return error.errno;
      throw error;
    }
  }

  mmap(call: MapCall): bigint | string {
    return this.call(() => {
      const { va, bytes, prot, kind, options, file, offset, open } = call;
      unless(aligned(offset) && bytes > 0n, "EINVAL");
      const length = roundedUp(bytes);
      unless(length < ALL && this.vmas().length <= this.world.maxMaps, "ENOMEM");
      const first = this.placeOf(va, length, options.has("fixed") || options.has("noreplace"));
      const pages = Number(length / PAGE);
      const end = first + pages;
      if (options.has("noreplace")) unless(this.isFree(first, end), "EEXIST");
      if (options.has("locked")) unless(this.limits.memlock !== 0n, "EPERM");
      const locked = options.has("locked") || this.lockFuture;
      if (locked) unless(this.mayLock(pages), "EAGAIN");
      const shared = kind === "shared" || kind === "both";
      const grows = options.has("growsdown");
      if (file) {
        unless(length + offset < 1n << 63n, "EOVERFLOW");
        unless(kind !== "neither", "EINVAL");
        unless(!(kind === "both" && options.has("noreplace")), "EOPNOTSUPP");
        if (shared && has(prot, "w")) unless(has(open, "w"), "EACCES");
        unless(has(open, "r"), "EACCES");
        unless(!grows, "EINVAL");
      } else {
        unless(kind === "private" || kind === "shared", "EINVAL");
        unless(!(shared && grows), "EINVAL");
      }
      const flags = new Set<Flag>(["mayread", "maywrite", "mayexec"]);
      if (shared) flags.add("shared");
      if (shared && file && !has(open, "w")) flags.delete("maywrite");
      if (locked) flags.add("locked");
      if (grows) flags.add("growsdown");
      const reserved = !options.has("noreserve") || this.world.overcommit === "never";
      if (!reserved) flags.add("noreserve");
      this.put(first, end, prot, flags, file, Number(offset / PAGE));
      if (locked || options.has("populate")) this.populate(first, end);
      return BigInt(first) * PAGE;
    });
  }

  private put(
    first: number,
    end: number,
    prot: string,
    flags: Set<Flag>,
    file: TwinFile | null,
    index: number,
  ): void {
    const pages = end - first;
    unless(this.mayCut(first, end), "ENOMEM");
    const there = [...this.pages].filter(([page]) => page >= first && page < end).map(([, info]) => info);
    const wanted = isData({ prot, flags, file, index });
    unless(this.mayExpand(pages - there.length, wanted), "ENOMEM");
    const reserved = !flags.has("noreserve");
    let object = file;
    if (!file && flags.has("shared")) {
      if (reserved) unless(this.mayCommit(pages), "ENOMEM");
      object = {
        name: this.files++,
        bytes: BigInt(pages) * PAGE,
        nameless: true,
        promised: reserved ? pages : 0,
      };
    } else if (reserved && has(prot, "w") && !flags.has("shared")) {
      const freed = there.filter((info) => info.flags.has("accounted")).length;
      if (pages > freed) unless(this.mayCommit(pages - freed), "ENOMEM");
      flags.add("accounted");
    }
    for (let page = first; page < end; page++) {
      this.drop(page);
      this.set(page, { prot, flags, file: object, index: object ? index + (page - first) : 0 });
    }
    this.joined(first, end);
  }

  /** Where a mapping goes. */
  private placeOf(va: bigint, length: bigint, fixed: boolean): number {
    const top = BigInt(this.world.top) * PAGE;
    unless(length <= top, "ENOMEM");
    if (!fixed) return this.freePlace(va, Number(length / PAGE));
    unless(va <= top - length, "ENOMEM");
    unless(aligned(va), "EINVAL");
    unless(va >= BigInt(this.world.low) * PAGE, "EPERM");
    return Number(va / PAGE);
  }

  private freePlace(va: bigint, pages: number): number {
    const { top, low, base } = this.world;
    const hinted = va / PAGE;
    if (hinted > 0n && hinted + BigInt(pages) <= BigInt(top)) {
      const hint = Math.max(Number(hinted), low);
      if (hint + pages <= top && this.isFree(hint, hint + pages) && !this.isNearStack(hint, hint + pages)) {
        return hint;
      }
    }
    const found = this.fromTop(pages, low, base) ?? this.fromBottom(pages, Math.ceil(top / 3), top);
    return found ?? fail("ENOMEM");
  }

  /** Whether a stack begins in [end, end + guard), and nothing else before it. */
  private isNearStack(first: number, end: number): boolean {
    return this.stackAbove(first, end) !== undefined;
  }

  private stackAbove(first: number, end: number): TwinVma | undefined {
    const next = this.vmas().find((vma) => vma.end > first);
    if (!next?.info.flags.has("growsdown")) return undefined;
    return next.first - end < GUARD ? next : undefined;
  }

  private fromTop(pages: number, low: number, high: number): number | undefined {
    let limit = high;
    for (let place = limit - pages; place >= low; place--) {
      if (place + pages > limit || !this.isFree(place, place + pages)) continue;
      const stack = this.stackAbove(place, place + pages);
      if (!stack) return place;
      limit = Math.max(stack.first - GUARD, 0);
    }
    return undefined;
  }

  private fromBottom(pages: number, low: number, high: number): number | undefined {
    let limit = low;
    for (let place = low; place + pages <= high; place++) {
      if (place < limit || !this.isFree(place, place + pages)) continue;
      const stack = this.stackAbove(place, place + pages);
      if (!stack) return place;
      limit = stack.end;
    }
    return undefined;
  }

  munmap(va: bigint, bytes: bigint): bigint | string {
    return this.call(() => {
      unless(aligned(va) && bytes > 0n, "EINVAL");
      this.unmapChecked(va, roundedUp(bytes));
      return 0n;
    });
  }

  private unmapChecked(va: bigint, length: bigint): void {
    unless(va + length <= BigInt(this.world.top) * PAGE, "EINVAL");
    this.unmapRange(Number(va / PAGE), Number((va + length) / PAGE));
  }

  mprotect(va: bigint, bytes: bigint, prot: string): bigint | string {
    return this.call(() => {
      unless(aligned(va), "EINVAL");
      if (bytes === 0n) return 0n;
      const end = va + roundedUp(bytes);
      unless(roundedUp(bytes) < ALL && end < ALL, "ENOMEM");
      this.overParts(va, end, "ENOMEM", (vma, first, end) => this.protect(vma, first, end, prot));
      return 0n;
    });
  }

  /** Goes over the VMAs of a range, up to a hole. */
  private overParts(
    va: bigint,
    to: bigint,
    hole: string,
    visit: (vma: TwinVma, first: number, end: number) => void,
  ): void {
    for (let at = va; at < to; ) {
      const vma = at / PAGE < BigInt(this.world.top) ? this.vmaOf(Number(at / PAGE)) : undefined;
      if (!vma) fail(hole);
      const end = BigInt(vma.end) * PAGE < to ? vma.end : Number(to / PAGE);
      visit(vma, Number(at / PAGE), end);
      at = BigInt(end) * PAGE;
    }
  }

  private protect(vma: TwinVma, first: number, end: number, prot: string): void {
    const { info } = vma;
    const may = { r: "mayread", w: "maywrite", x: "mayexec" } as const;
    for (const letter of ["r", "w", "x"] as const) {
      if (has(prot, letter)) unless(info.flags.has(may[letter]), "EACCES");
    }
    if (info.prot === prot) return;
    const flags = new Set(info.flags);
    if (has(prot, "w")) {
      const pages = end - first;
      const fits = this.mayExpand(pages, isData({ ...info, prot }));
      if (!fits && this.mayExpand(pages, isData(info))) fail("ENOMEM");
      const done = ["accounted", "shared", "noreserve"] as const;
      if (!has(info.prot, "w") && !done.some((flag) => flags.has(flag))) {
        unless(this.mayCommit(pages), "ENOMEM");
        flags.add("accounted");
      }
    } else if (!info.file && !range(vma.first, vma.end).some((page) => this.touched.has(page))) {
      flags.delete("accounted");
    }
    this.modify(first, end, (old) => ({ ...old, prot, flags }), "ENOMEM");
    // Locked memory is resident, and its own.
    const opened = has(prot, "w") && !has(info.prot, "w") && !flags.has("shared");
    if (opened && flags.has("locked")) this.populate(first, end);
  }

  mremap(
    va: bigint,
    oldBytes: bigint,
    newBytes: bigint,
    mayMove: boolean,
    to: bigint | undefined,
  ): bigint | string {
    return this.call(() => {
      unless(to === undefined || mayMove, "EINVAL");
      unless(aligned(va), "EINVAL");
      // What is rounded up past the last address is 0.
      const oldLength = roundedUp(oldBytes) % ALL;
      const newLength = roundedUp(newBytes) % ALL;
      unless(newLength > 0n, "EINVAL");
      const vma = va / PAGE < BigInt(this.world.top) ? this.vmaOf(Number(va / PAGE)) : undefined;
      if (!vma) fail("EFAULT");
      if (to !== undefined) return this.moveTo(va, oldLength, newLength, to);
      if (oldLength >= newLength) {
        if (oldLength > newLength) this.unmapChecked(va + newLength, oldLength - newLength);
        return va;
      }
      this.checkResize(va, oldLength, newLength);
      const more = newLength - oldLength;
      const end = va + newLength;
      const oldEnd = Number((va + oldLength) / PAGE);
      const fits = vma.end === oldEnd && end <= BigInt(this.world.top) * PAGE;
      if (fits && this.isFree(oldEnd, Number(end / PAGE))) {
        this.checkPromise(vma.info, Number(more / PAGE));
        const last = this.at(oldEnd - 1);
        for (const page of range(oldEnd, Number(end / PAGE))) {
          this.set(page, { ...last, index: last.file ? last.index + page - oldEnd + 1 : 0 });
        }
        this.joined(vma.first, Number(end / PAGE));
        if (last.flags.has("locked")) this.populate(oldEnd, Number(end / PAGE));
        return va;
      }
      unless(mayMove, "ENOMEM");
      unless(newLength <= BigInt(this.world.top) * PAGE, "ENOMEM");
      return this.move(va, oldLength, newLength, this.freePlace(0n, Number(newLength / PAGE)));
    });
  }

  private moveTo(va: bigint, oldLength: bigint, newLength: bigint, to: bigint): bigint {
    const top = BigInt(this.world.top) * PAGE;
    unless(aligned(to) && newLength <= top && to <= top - newLength, "EINVAL");
    unless((va + oldLength) % ALL <= to || to + newLength <= va, "EINVAL");
    unless(this.vmas().length + 5 < this.world.maxMaps, "ENOMEM");
    const place = Number(to / PAGE);
    this.unmapRange(place, place + Number(newLength / PAGE));
    let length = oldLength;
    if (length > newLength) {
      this.unmapChecked(va + newLength, oldLength - newLength);
      length = newLength;
    }
    this.checkResize(va, length, newLength);
    unless(place >= this.world.low, "EPERM");
    return this.move(va, length, newLength, place);
  }

  private checkResize(va: bigint, oldLength: bigint, newLength: bigint): void {
    const vma = this.vmaOf(Number(va / PAGE));
    if (!vma) fail("EFAULT");
    unless(oldLength > 0n || vma.info.flags.has("shared"), "EINVAL");
    unless(va + oldLength <= BigInt(vma.end) * PAGE, "EFAULT");
    if (newLength === oldLength) return;
    const more = Number((newLength - oldLength) / PAGE);
    if (vma.info.flags.has("locked")) unless(this.mayLock(more), "EAGAIN");
    unless(this.mayExpand(more, isData(vma.info)), "ENOMEM");
  }

  private checkPromise(info: PageInfo, more: number): void {
    if (info.flags.has("accounted")) unless(this.mayCommit(more), "ENOMEM");
  }

  private move(va: bigint, oldLength: bigint, newLength: bigint, place: number): bigint {
    const first = Number(va / PAGE);
    const old = Number(oldLength / PAGE);
    const pages = Number(newLength / PAGE);
    const from = this.at(first);
    unless(this.vmas().length + 3 < this.world.maxMaps, "ENOMEM");
    this.checkPromise(from, pages - old);
    const moved = range(first, first + old).filter((page) => this.touched.has(page));
    const movedOut = moved.filter((page) => this.out.has(page));
    for (const page of range(first, first + old)) this.drop(page);
    this.seams.delete(first + old);
    for (let i = 0; i < pages; i++) {
      this.drop(place + i);
      this.set(place + i, { ...from, index: from.file ? from.index + i : 0 });
    }
    for (const page of moved) this.touched.add(page - first + place);
    for (const page of movedOut) this.out.add(page - first + place);
    this.joined(place, place + pages);
    if (from.flags.has("locked")) this.populate(place + old, place + pages);
    return BigInt(place) * PAGE;
  }

  madvise(va: bigint, bytes: bigint, advice: string): bigint | string {
    return this.call(() => {
      unless(advice in ADVICE, "EINVAL");
      unless(aligned(va), "EINVAL");
      if (bytes === 0n) return 0n;
      const length = roundedUp(bytes);
      unless(length < ALL && va + length < ALL, "EINVAL");
      if (advice === "populate_read" || advice === "populate_write") {
        const letter = advice === "populate_read" ? "r" : "w";
        this.overParts(va, va + length, "ENOMEM", ({ info }, first, end) => {
          unless(has(info.prot, letter), "EINVAL");
          const error = this.populate(first, end);
          if (error) fail(error);
        });
        return 0n;
      }
      const limit = BigInt(this.world.top) * PAGE;
      const first = va < limit ? Number(va / PAGE) : this.world.top;
      const end = va + length <= limit ? Number((va + length) / PAGE) : this.world.top + 1;
      // By the VMAs as they are when their turn comes: advice may merge what is behind it with what is before.
      let hole = false;
      for (let at = first; at < end; ) {
        const vma = this.vmas().find((vma) => vma.end > at);
        if (!vma || vma.first >= end) fail("ENOMEM");
        if (vma.first > at) hole = true;
        const to = Math.min(vma.end, end);
        this.advise(vma, Math.max(vma.first, at), to, advice);
        at = to;
      }
      if (hole) fail("ENOMEM");
      return 0n;
    });
  }

  private advise({ info }: TwinVma, first: number, end: number, advice: string): void {
    const { needs, gives = [], takes = [], drops } = ADVICE[advice] ?? {};
    if (needs === "unlocked" || needs === "anonymous" || needs === "writable file") {
      unless(!info.flags.has("locked"), "EINVAL");
    }
    if (needs === "anonymous") unless(!info.file, "EINVAL");
    if (needs === "private anonymous") unless(!info.file && !info.flags.has("shared"), "EINVAL");
    if (needs === "writable file") {
      unless(info.file !== null, "EINVAL");
      unless(info.flags.has("shared") && info.flags.has("maywrite"), "EACCES");
    }
    for (const page of range(first, end)) {
      if (advice === "pageout" && this.touched.has(page)) this.out.add(page);
      if (drops === "all" || (drops === "out" && this.out.has(page))) {
        this.touched.delete(page);
        this.out.delete(page);
      }
    }
    if (advice === "mergeable" && info.flags.has("shared")) return;
    const flags = new Set(info.flags);
    for (const flag of takes) flags.delete(flag);
    for (const flag of gives) flags.add(flag);
    if (isSame(flags, info.flags)) return;
    this.modify(first, end, (old) => ({ ...old, flags }), "EAGAIN");
  }

  mlock(va: bigint, bytes: bigint): bigint | string {
    return this.call(() => {
      unless(this.limits.memlock !== 0n, "EPERM");
      const { start, length } = touchedBy(va, bytes);
      const already = [...this.pages].filter(
        ([page, { flags }]) =>
          flags.has("locked") && BigInt(page) * PAGE >= start && BigInt(page) * PAGE < start + length,
      ).length;
      const pages = length / PAGE + BigInt(this.locked - already);
      unless(this.limits.memlock === ALL || pages * PAGE <= this.limits.memlock, "ENOMEM");
      this.setLocked(start, length, true);
      if (this.populate(Number(start / PAGE), Number((start + length) / PAGE))) fail("ENOMEM");
      return 0n;
    });
  }

  munlock(va: bigint, bytes: bigint): bigint | string {
    return this.call(() => {
      const { start, length } = touchedBy(va, bytes);
      this.setLocked(start, length, false);
      return 0n;
    });
  }

  private setLocked(start: bigint, length: bigint, on: boolean): void {
    unless(start + length < ALL, "EINVAL");
    this.overParts(start, start + length, "ENOMEM", ({ info }, first, end) => {
      if (info.flags.has("locked") !== on) this.lockPart(info, first, end, on);
    });
  }

  private lockPart(info: PageInfo, first: number, end: number, on: boolean): void {
    const flags = new Set(info.flags);
    if (on) flags.add("locked");
    else flags.delete("locked");
    this.modify(first, end, (old) => ({ ...old, flags }), "ENOMEM");
  }

  mlockAll(current: boolean, future: boolean): bigint | string {
    return this.call(() => {
      unless(current || future, "EINVAL");
      unless(this.limits.memlock !== 0n, "EPERM");
      if (current) unless(this.within(this.mapped, this.limits.memlock), "ENOMEM");
      this.lockFuture = future;
      if (current) this.lockAll(true);
      return 0n;
    });
  }

  munlockAll(): bigint | string {
    this.lockFuture = false;
    this.lockAll(false);
    return 0n;
  }

  private lockAll(on: boolean): void {
    for (const { first, end, info } of this.vmas()) {
      if (info.flags.has("locked") !== on) this.lockPart(info, first, end, on);
      if (on) this.populate(first, end);
    }
  }

  setBrk(to: bigint): bigint {
    if (this.brkStart === 0n && to > 0n) {
      if (to / PAGE >= BigInt(this.world.top)) return 0n;
      this.brkStart = to;
      this.brk = to;
    }
    if (to >= this.brkStart && to > 0n && this.moveBreak(to)) this.brk = to;
    return this.brk;
  }

  private moveBreak(to: bigint): boolean {
    const { top, low, maxMaps } = this.world;
    if (this.limits.data !== ALL && to - this.brkStart > this.limits.data) return false;
    if (roundedUp(to) >= ALL) return false;
    const end = roundedUp(to) / PAGE;
    const old = Number(roundedUp(this.brk) / PAGE);
    if (end < BigInt(old)) {
      if (this.isFree(Number(end), old)) return false;
      return (
        this.call(() => {
          this.unmapRange(Number(end), old);
          return 0n;
        }) === 0n
      );
    }
    if (end === BigInt(old)) return true;
    if (end > BigInt(top) || old < low) return false;
    const pages = Number(end) - old;
    if (this.lockFuture && !this.mayLock(pages)) return false;
    const next = this.vmas().find((vma) => vma.end > old);
    if (next) {
      const kept = next.info.flags.has("growsdown") ? GUARD : 0;
      if (Math.max(next.first - kept, 0) < Number(end) + 1) return false;
    }
    if (!this.mayExpand(pages, true) || this.vmas().length > maxMaps || !this.mayCommit(pages)) return false;
    const flags = new Set<Flag>(["mayread", "maywrite", "mayexec", "accounted"]);
    if (this.lockFuture) flags.add("locked");
    for (const page of range(old, Number(end))) this.set(page, { prot: "rw", flags, file: null, index: 0 });
    this.joined(old, Number(end));
    if (this.lockFuture) this.populate(old, Number(end));
    return true;
  }

  /** An access: whether the page is mapped, or a stack grows to it. */
  reach(va: bigint): boolean {
    if (va / PAGE >= BigInt(this.world.top)) return false;
    const page = Number(va / PAGE);
    if (this.pages.has(page)) return true;
    const vmas = this.vmas();
    const above = vmas.find((vma) => vma.first > page);
    if (!above?.info.flags.has("growsdown") || page < this.world.low) return false;
    const below = vmas.filter((vma) => vma.end <= page).at(-1);
    if (below && below.info.prot !== "" && !below.info.flags.has("growsdown") && page - below.end < GUARD) {
      return false;
    }
    const more = above.first - page;
    if (!this.mayExpand(more, false) || !this.within(above.end - page, this.limits.stack)) return false;
    if (above.info.flags.has("locked") && !this.mayLock(more)) return false;
    if (!this.mayCommit(more)) return false;
    const old = above.first;
    const wasSeam = this.seams.delete(old);
    for (const each of range(page, old)) this.set(each, above.info);
    if (wasSeam) throw new Error("a stack that meets another cannot grow");
    if (below?.end === page) this.seams.add(page);
    this.found = undefined;
    return true;
  }
}

function isData({ prot, flags }: PageInfo): boolean {
  return has(prot, "w") && !flags.has("shared") && !flags.has("growsdown");
}

function isSame(one: ReadonlySet<Flag>, other: ReadonlySet<Flag>): boolean {
  return one.size === other.size && [...one].every((flag) => other.has(flag));
}

function isBeyond({ file, index }: PageInfo): boolean {
  return file !== null && BigInt(index) * PAGE >= file.bytes;
}

function range(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => first + i);
}

/** The pages that mlock means: as in Linux, what is too much to be counted is nothing. */
function touchedBy(va: bigint, bytes: bigint): { start: bigint; length: bigint } {
  const start = (va / PAGE) * PAGE;
  return { start, length: roundedUp((bytes + (va - start)) % ALL) % ALL };
}

interface AdviceRule {
  needs?: "unlocked" | "anonymous" | "private anonymous" | "writable file";
  gives?: Flag[];
  takes?: Flag[];
  /** Which anonymous pages go: what is in memory may stay until it is wanted for something else. */
  drops?: "all" | "out";
}

/** Every advice that is known, and what it does. */
export const ADVICE: Record<string, AdviceRule> = {
  willneed: {},
  normal: { takes: ["random", "sequential"] },
  random: { gives: ["random"], takes: ["sequential"] },
  sequential: { gives: ["sequential"], takes: ["random"] },
  dontneed: { needs: "unlocked", drops: "all" },
  dontneed_locked: { drops: "all" },
  free: { needs: "anonymous", drops: "out" },
  remove: { needs: "writable file" },
  cold: { needs: "unlocked" },
  pageout: { needs: "unlocked" },
  dontfork: { gives: ["dontfork"] },
  dofork: { takes: ["dontfork"] },
  wipeonfork: { needs: "private anonymous", gives: ["wipeonfork"] },
  keeponfork: { takes: ["wipeonfork"] },
  hugepage: { gives: ["hugepage"], takes: ["nohugepage"] },
  nohugepage: { gives: ["nohugepage"], takes: ["hugepage"] },
  dontdump: { gives: ["dontdump"] },
  dodump: { takes: ["dontdump"] },
  mergeable: { gives: ["mergeable"] },
  unmergeable: { takes: ["mergeable"] },
  populate_read: {},
  populate_write: {},
};
