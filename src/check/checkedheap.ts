import { Checker } from "../engine/checker.js";
import { type CompiledCore, Core } from "../engine/core.js";
import { addressOf, type Whole, wholeOf } from "../engine/process/values.js";
import { PagewalkError, quote } from "../errors.js";
import { deepFreeze } from "../freeze.js";
import { namedOptions } from "../options.js";
import type { SourcePlace } from "../trace/events.js";
import { type Finding, findingOf, findingsOf } from "./findings.js";
import { LeakSearch, type Leaks, type LiveBlock } from "./leaks.js";
import { MapEvents } from "./mapevents.js";
import { CHECK_NAMES, type CheckConfig, checkerOptions } from "./options.js";
import { isPossible, productOf } from "./requests.js";
import { Session } from "./session.js";
import { StackEvents } from "./stackevents.js";
import { Texts } from "./texts.js";

/** A line of the source, as FILE:LINE or in its parts. */
export type SourceLine = string | SourcePlace;

const NULL = 0n;
/** The most bytes of one access, as of a trace's. */
const MOST = 1n << 20n;
const MOST_LINES = 2 ** 32 - 1;

/**
 * A heap that knows of each of its bytes whether it may be accessed and was written, for an emulator, or for anything else that allocates, loads and
 * stores. Nothing throws for what the program does wrong: it is told of in `errors`, and by what `load`, `store` and `free` return. Addresses are bigints; a
 * place is FILE:LINE.
 */
export class CheckedHeap {
  private readonly session: Session;
  private readonly checker: Checker;
  private readonly texts: Texts;
  private readonly stack: StackEvents;
  private readonly maps: MapEvents;

  private constructor(session: Session) {
    this.session = session;
    this.checker = session.checker;
    this.texts = session.texts;
    this.stack = new StackEvents(session);
    this.maps = new MapEvents(session);
  }

  /**
   * @param options.module a compiled core (`compileCore`), to share it
   * @throws PagewalkError `E_OPTION` for options that make no sense
   */
  static async create(options: CheckConfig & { module?: CompiledCore } = {}): Promise<CheckedHeap> {
    namedOptions("CheckedHeap.create", options, [...CHECK_NAMES, "module"]);
    const { module, ...given } = options;
    const { config, checking } = checkerOptions(given);
    const texts = new Texts();
    const core = await Core.create(module);
    return new CheckedHeap(
      new Session(new Checker(core, checking, (place) => texts.name(place)), texts, config),
    );
  }

  /** A block of `size` bytes, which nobody has written: its address, a multiple of 16; 0n where there is no room, or the size makes no sense. */
  malloc(size: Whole, at?: SourceLine): bigint {
    this.at(at);
    return this.place(wholeOf("malloc", size), false);
  }

  /** The same of `count` times `size` bytes, all of them 0. */
  calloc(count: Whole, size: Whole, at?: SourceLine): bigint {
    this.at(at);
    const bytes = productOf(this.session, wholeOf("calloc", count), wholeOf("calloc", size));
    return bytes === undefined ? this.failed() : this.place(bytes, true);
  }

  /** A block with what the one at an address held, which is freed; 0n leaves that as it is, but for size 0. Of address 0n, a malloc. */
  realloc(address: bigint, size: Whole, at?: SourceLine): bigint {
    const bytes = wholeOf("realloc", size);
    const old = this.checker.startingAt(addressOf("realloc", address));
    this.at(at);
    if (!old?.isLive || old.isFrame) {
      this.checker.reallocating(() => this.checker.freeAt(address));
      return this.place(bytes, false);
    }
    if (bytes === 0n) {
      this.checker.release(old);
      return NULL;
    }
    const given = this.place(bytes, false);
    const placed = given === NULL ? undefined : this.checker.startingAt(given);
    if (placed) this.checker.move(old, placed);
    return given;
  }

  /** Notes a block that another allocator gave, at its address. `free` is for such blocks, too. */
  adopt(address: bigint, size: Whole, at?: SourceLine): void {
    const bytes = wholeOf("adopt", size);
    this.at(at);
    if (
      addressOf("adopt", address) === NULL ||
      !isPossible(this.session, bytes) ||
      !this.checker.hasRoom(bytes)
    ) {
      this.failed();
      return;
    }
    this.session.has("captured");
    this.checker.capture(address, bytes, false, 0);
  }

  /** Frees the block that begins at an address; 0n does nothing. What is wrong with that, if anything is. */
  free(address: bigint, at?: SourceLine): Finding | undefined {
    addressOf("free", address);
    this.at(at);
    return this.told(() => this.checker.freeAt(address));
  }

  /** Checks a load of so many bytes, up to 1 MiB. What is wrong with it, if anything is. */
  load(address: bigint, size: Whole, at?: SourceLine): Finding | undefined {
    return this.access("load", address, size, at);
  }

  /**
   * Checks a store of so many bytes, or of these: then they are known, so that leaks can be told by pointers. What is wrong with it, if anything
   * is.
   */
  store(address: bigint, bytes: Whole | Uint8Array, at?: SourceLine): Finding | undefined {
    if (!(bytes instanceof Uint8Array)) return this.access("store", address, bytes, at);
    const found = this.access("store", address, bytes.length, at);
    this.session.knowsPointers = true;
    this.checker.putBytes(address, bytes);
    return found;
  }

  /** Pushes a frame of a stack, whose bytes nobody has written: its lowest address. */
  pushFrame(size: Whole, name: string, at?: SourceLine): bigint {
    const bytes = wholeOf("pushFrame", size);
    this.at(at);
    return this.stack.push({ size: bytes, name }).start;
  }

  /** Pops the frame that was pushed last. */
  popFrame(at?: SourceLine): void {
    this.at(at);
    this.stack.pop();
  }

  /** Says that there is memory, such as globals: accesses there are no errors. */
  map(address: bigint, length: Whole): void {
    const from = addressOf("map", address);
    this.maps.known(from, from + wholeOf("map", length));
  }

  /** Makes an address a root of the search for leaks. */
  addRoot(address: bigint): void {
    this.session.knowsPointers = true;
    this.session.process.roots.push(addressOf("addRoot", address));
  }

  /** Everything that was found wrong so far, frozen: the same at the same three places once, with a count. */
  get errors(): readonly Finding[] {
    const found = this.checker.findings().map((raw) => [raw, undefined] as const);
    return deepFreeze(findingsOf(new Map(found), this.checker, this.texts));
  }

  /** The blocks that are live, in the order in which they were given, and whether pointers lead to them. */
  blocks(): readonly LiveBlock[] {
    return deepFreeze(this.search());
  }

  /** What would be lost if the program ended now, by place. */
  leaks(): Leaks {
    const search = new LeakSearch(this.session);
    search.take(this.session.process);
    return deepFreeze(search.result(search.blocks, { sites: true, reachable: true }));
  }

  private search(): LiveBlock[] {
    const search = new LeakSearch(this.session);
    search.take(this.session.process);
    return search.blocks;
  }

  private access(kind: "load" | "store", address: bigint, size: Whole, at?: SourceLine): Finding | undefined {
    const bytes = wholeOf(kind, size);
    addressOf(kind, address);
    if (bytes < 1n || bytes > MOST) {
      throw new PagewalkError("E_OPTION", `${kind}: ${bytes} bytes; want 1 to ${MOST}`);
    }
    this.at(at);
    return this.told(() => this.checker.access(kind, address, bytes));
  }

  /** The finding that a call leads to. */
  private told(call: () => void): Finding | undefined {
    const before = this.checker.found.total;
    call();
    if (this.checker.found.total === before) return undefined;
    return deepFreeze(findingOf(this.checker.last, this.checker, this.texts));
  }

  private place(size: bigint, zeros: boolean): bigint {
    if (!isPossible(this.session, size) || !this.checker.hasRoom(size)) return this.failed();
    this.session.has("named");
    return this.checker.place(size, 16n, zeros, 0).start;
  }

  private failed(): bigint {
    this.session.failed++;
    return NULL;
  }

  private at(at: SourceLine | undefined): void {
    this.session.at(this.texts.place(at === undefined ? at : placeOf(at)), 0);
  }
}

/** @throws PagewalkError `E_OPTION` */
function placeOf(at: SourceLine): SourcePlace {
  if (typeof at === "string") {
    const [, file = at, line = "0"] = /^(.+):([0-9]{1,9})$/s.exec(at) ?? [];
    return { file, line: Number(line) };
  }
  const isPlace =
    typeof at?.file === "string" && Number.isInteger(at.line) && at.line >= 0 && at.line <= MOST_LINES;
  if (isPlace) return at;
  const text = quote(JSON.stringify(at) ?? String(at));
  throw new PagewalkError(
    "E_OPTION",
    `${text} is no place; want FILE:LINE, or { file, line } with a line of 0 to ${MOST_LINES}`,
  );
}
