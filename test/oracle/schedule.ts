// What runs where: processes and their spaces, threads and their cores, ids of spaces.

import type { Config } from "../../src/config/model.js";
import type { Core } from "./cores.js";
import { Space, type World } from "./spaces.js";

export interface Thread {
  process: number;
  core: number;
  space: Space;
}

/** The tag of all spaces where there are no ids. */
const ONE_TAG = 1;

export class Schedule {
  thread: Thread;
  /** Its tables map the pages that every space shares: the global ones. */
  readonly global: Space;
  /** All spaces, by number. */
  readonly spaces: Space[] = [];
  switches = 0;
  recycled = 0;
  readonly cores: readonly Core[];
  private readonly ids: number | null;
  private readonly world: World;
  private readonly processes = new Map<number, Space>();
  private readonly threads = new Map<string, Thread>();
  /** Whose each id is: the place is the id. */
  private readonly owners: Space[] = [];
  private entries = 0;
  private begun = false;

  constructor(config: Config, cores: readonly Core[], world: World) {
    this.cores = cores;
    this.ids = config.asids;
    this.world = world;
    this.global = this.newSpace();
    this.thread = this.threadOf(1, 0);
    this.enter(this.thread);
  }

  get space(): Space {
    return this.thread.space;
  }

  get core(): Core {
    return this.coreOf(this.thread);
  }

  get tag(): number {
    return this.space.tag as number;
  }

  /** The thread that runs does something. Until then, the first thread takes whatever name it is given. */
  begin(): void {
    this.begun = true;
  }

  switchTo(process: number, number: number): void {
    if (!this.begun) {
      this.processes.clear();
      this.threads.clear();
      this.thread.process = process;
      this.processes.set(process, this.thread.space);
      this.threads.set(`${process} ${number}`, this.thread);
      return;
    }
    const thread = this.threadOf(process, number);
    const space = this.spaceOf(process);
    if (thread === this.thread && thread.space === space) return;
    thread.space = space;
    this.enter(thread);
  }

  /** A process will share the space that runs. */
  clone(child: number): void {
    this.begin();
    this.processes.set(child, this.space);
  }

  /** The cores that may hold a page of the running space: its own, and those that must be told when it goes. */
  holders(): Core[] {
    return this.cores.filter((core) => core === this.core || this.mayHold(core));
  }

  private mayHold(core: Core): boolean {
    const isLoaded = core.thread?.space === this.space;
    return isLoaded || (this.ids !== null && this.space.held.has(core.number));
  }

  private enter(thread: Thread): void {
    const core = this.coreOf(thread);
    const before = core.thread;
    const { space } = thread;
    this.thread = thread;
    core.thread = thread;
    if (before && before !== thread) {
      this.switches++;
      if (before.space !== space && this.ids === null) core.flushAll(ONE_TAG);
    }
    if (this.ids === null) space.tag = ONE_TAG;
    else space.tag ??= this.takeId(space, this.ids);
    space.held.add(core.number);
    space.entered = ++this.entries;
  }

  /** A new id, or that of the space which was entered longest ago and is loaded nowhere. */
  private takeId(space: Space, ids: number): number {
    if (this.owners.length < ids) return this.owners.push(space);
    const idle = this.owners.filter((owner) => !this.cores.some((core) => core.thread?.space === owner));
    const oldest = idle.reduce((a, b) => (a.entered < b.entered ? a : b));
    const tag = oldest.tag as number;
    this.recycled++;
    for (const core of this.cores) core.flushId(tag);
    oldest.tag = null;
    oldest.held.clear();
    this.owners[tag - 1] = space;
    return tag;
  }

  private coreOf({ core }: Thread): Core {
    return this.cores[core] as Core;
  }

  private newSpace(): Space {
    const space = new Space(this.spaces.length, this.world);
    this.spaces.push(space);
    return space;
  }

  private spaceOf(process: number): Space {
    const space = this.processes.get(process) ?? this.newSpace();
    this.processes.set(process, space);
    return space;
  }

  private threadOf(process: number, number: number): Thread {
    const name = `${process} ${number}`;
    const core = this.threads.size % this.cores.length;
    const thread = this.threads.get(name) ?? { process, core, space: this.spaceOf(process) };
    this.threads.set(name, thread);
    return thread;
  }
}
