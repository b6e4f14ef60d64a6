// The three ways to record: one process through a pipe, a tree of processes by their logs, allocations alone.

import { setTimeout as sleep } from "node:timers/promises";
import type { Child } from "./child.js";
import { Fifo } from "./fifo.js";
import type { HeapEvents } from "./heap.js";
import { LackeyLog } from "./log.js";
import { type GrowingLog, newLogs } from "./logs.js";
import type { Maps } from "./maps.js";
import { Marks } from "./marks.js";
import { isRunning } from "./processes.js";
import type { Ring } from "./ring.js";
import { numbered, type Rings } from "./rings.js";
import type { Tape } from "./tape.js";

/** What a recording works with. */
export interface Session {
  folder: string;
  tape: Tape;
  heap: HeapEvents | undefined;
  rings: Rings;
  children: boolean;
  /** Starts the program, with valgrind's log at a path. */
  launch(log?: string): Child;
  maps(): Maps;
}

/** What a recording found. */
export interface Found {
  child: Child;
  processes: number;
  cut: number;
  skipped: number;
}

/** Milliseconds between two looks at a process's mappings, and at logs and rings with nothing new. */
const LOOK = 100;
const IDLE = 5;
/** Milliseconds in which a process that was just forked shows. */
const GRACE = 100;
/** Bytes of a log that are read before the next log's turn. */
const TURN = 1 << 18;
/** Events that are written at once; the table of events holds more. */
const BATCH = 4096;

/** One process's text of lackey, on its way to the tape. */
class Recording {
  readonly log: LackeyLog;
  private readonly session: Session;
  private readonly process: number;
  private readonly marks: Marks | undefined;

  constructor(session: Session, process: number) {
    this.session = session;
    this.process = process;
    this.log = new LackeyLog(session.tape.core);
    this.marks = session.heap && new Marks(session.tape, session.heap);
  }

  async push(bytes: Uint8Array): Promise<void> {
    const { tape, heap, rings } = this.session;
    await tape.run(this.process);
    if (heap) rings.look();
    const ring = rings.of(this.process);
    await this.log.push(bytes, async (records) => {
      if (!this.marks || !heap || !ring) return tape.flushed(records, 0);
      this.marks.apply(records, ring);
      await heap.place();
      await tape.flush();
    });
  }
}

/** A process under valgrind; those that it starts are not recorded. */
export async function captureProcess(session: Session): Promise<Found> {
  const { tape, folder } = session;
  const fifo = new Fifo(`${folder}/log`);
  const child = session.launch(fifo.path.replaceAll("%", "%%"));
  const ended = () => fifo.end();
  child.exit.then(ended, ended);
  const maps = session.maps();
  const looks = setInterval(() => maps.look(child.id), LOOK);
  try {
    const recording = new Recording(session, child.id);
    for await (const chunk of fifo.chunks()) await recording.push(chunk);
    recording.log.end();
    await tape.write(maps.events());
    const { isWhole, skipped } = recording.log;
    return { child, processes: 1, cut: isWhole ? 0 : 1, skipped };
  } finally {
    clearInterval(looks);
  }
}

/** A program and all that it starts, under valgrind. */
export async function captureTree(session: Session): Promise<Found> {
  const child = session.launch(`${session.folder.replaceAll("%", "%%")}/%p.%n.log`);
  const tree = new Tree(session);
  let quiet = 0;
  while (true) {
    const any = await tree.turn();
    const over = child.hasEnded && (child.interrupted || !tree.isRunning);
    if (any || !over) quiet = 0;
    else if (quiet++ > GRACE / IDLE) break;
    if (!any) await sleep(IDLE);
  }
  await tree.end();
  return { child, processes: tree.processes.size, cut: tree.cut, skipped: tree.skipped };
}

/** Logs of processes, read in turns. */
class Tree {
  readonly processes = new Map<number, Maps>();
  cut = 0;
  skipped = 0;
  private readonly session: Session;
  private readonly open: { log: GrowingLog; recording: Recording }[] = [];
  private readonly piece = new Uint8Array(TURN);
  private looked = 0;

  constructor(session: Session) {
    this.session = session;
  }

  get isRunning(): boolean {
    return [...this.processes.keys()].some(isRunning);
  }

  /** Reads a piece of each log. Whether there was anything new. */
  async turn(): Promise<boolean> {
    let any = false;
    for (const log of newLogs(this.session.folder)) {
      await this.begin(log);
      any = true;
    }
    const now = performance.now();
    if (now - this.looked > LOOK) {
      for (const [process, maps] of this.processes) maps.look(process);
      this.looked = now;
    }
    for (const entry of [...this.open]) {
      if (this.open.some(({ log }) => log.process === entry.log.process) !== true) continue;
      // What a process did before it became another program comes first.
      const first = this.open.find(({ log }) => log.process === entry.log.process);
      if (first === entry) any = (await this.read(entry)) || any;
    }
    return any;
  }

  async end(): Promise<void> {
    for (const entry of [...this.open]) this.close(entry);
    for (const [process, maps] of this.processes) {
      const events = maps.events();
      if (events.length === 0) continue;
      await this.session.tape.run(process);
      await this.session.tape.write(events);
    }
  }

  private async begin(log: GrowingLog): Promise<void> {
    const { tape } = this.session;
    const { process, parent } = log;
    if (!this.processes.has(process)) {
      this.processes.set(process, this.session.maps());
      if (parent !== undefined && this.processes.has(parent)) {
        await tape.run(parent);
        await tape.write([{ event: "fork", child: BigInt(process) }]);
      }
    }
    this.open.push({ log, recording: new Recording(this.session, process) });
    if (log.isFork) return;
    await tape.run(process);
    await tape.write([{ event: "exec", file: log.command.split(" ")[0] ?? "" }]);
  }

  private async read(entry: { log: GrowingLog; recording: Recording }): Promise<boolean> {
    const { log, recording } = entry;
    // Asked before the log is: what is written until the process ends is then read.
    const ended =
      !isRunning(log.process) || this.open.filter((other) => other.log.process === log.process).length > 1;
    const bytes = log.read(this.piece);
    if (bytes > 0) await recording.push(this.piece.subarray(0, bytes));
    else if (ended) this.close(entry);
    return bytes > 0;
  }

  private close(entry: { log: GrowingLog; recording: Recording }): void {
    const { log, recording } = entry;
    recording.log.end();
    this.skipped += recording.log.skipped;
    if (!recording.log.isWhole) this.cut++;
    log.close();
    this.open.splice(this.open.indexOf(entry), 1);
  }
}

/** What a program allocates, at its own speed. */
export async function captureAllocations(session: Session): Promise<Found> {
  const { tape, rings } = session;
  const child = session.launch();
  const maps = new Map<number, Maps>();
  const look = () => {
    for (const process of [child.id, ...rings.processes]) {
      if (!maps.has(process)) maps.set(process, session.maps());
      maps.get(process)?.look(process);
    }
  };
  const looks = setInterval(look, LOOK);
  let seen = 0;
  try {
    while (true) {
      const running = !child.hasEnded || (!child.interrupted && rings.processes.some(isRunning));
      rings.look();
      if (rings.found > seen) look();
      seen = rings.found;
      let any = false;
      for (const process of rings.processes) any = (await drain(session, process)) || any;
      if (any) continue;
      if (!running) break;
      await sleep(IDLE);
    }
    for (const { process, path } of numbered(session.folder, "maps")) maps.get(process)?.addFile(path);
    for (const [process, seen] of maps) {
      await tape.run(process);
      await tape.write(seen.events());
    }
    return { child, processes: Math.max(rings.processes.length, 1), cut: 0, skipped: 0 };
  } finally {
    clearInterval(looks);
  }
}

/** Takes a batch of what a process has recorded. */
async function drain({ tape, heap, rings }: Session, process: number): Promise<boolean> {
  const ring: Ring | undefined = rings.of(process);
  if (!ring || !heap || ring.isEmpty) return false;
  await tape.run(process);
  tape.columns.begin();
  while (tape.columns.events < BATCH && heap.take(ring));
  await heap.place();
  await tape.flush();
  return true;
}
