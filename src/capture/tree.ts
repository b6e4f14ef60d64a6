import { setTimeout as sleep } from "node:timers/promises";
import { type GrowingLog, newLogs } from "./logs.js";
import type { Maps } from "./maps.js";
import { isRunning } from "./processes.js";
import { Recording } from "./recording.js";
import { numbered } from "./rings.js";
import { type Found, IDLE, LOOK, type Session } from "./session.js";

/** Milliseconds in which a process that was just forked shows. */
const GRACE = 100;
/** Bytes of a log that are read before the next log's turn. */
const TURN = 1 << 18;

/** Records a program and all that it starts under valgrind. It ends when the last of them has. */
export async function captureTree(session: Session): Promise<Found> {
  const child = session.launch(`${session.folder.replaceAll("%", "%%")}/%p.%n.log`);
  const tree = new Tree(session);
  let since = performance.now();
  while (true) {
    const any = await tree.turn();
    const over = child.hasEnded && (child.interrupted || !tree.isRunning);
    if (any || !over) since = performance.now();
    else if (performance.now() - since > GRACE) break;
    if (!any) await sleep(IDLE);
  }
  await tree.end();
  const { processes, cut, skipped } = tree;
  return { child, processes: processes.size, cut, skipped };
}

/** A log that is being read. */
interface Open {
  log: GrowingLog;
  recording: Recording;
}

/** Logs of processes, read in turns. */
class Tree {
  readonly processes = new Map<number, Maps>();
  /** Processes of which something is on the tape. */
  private readonly begun = new Set<number>();
  cut = 0;
  skipped = 0;
  private readonly session: Session;
  /** By process: a program that it became has a log behind the one before. */
  private readonly open = new Map<number, Open[]>();
  private readonly piece = new Uint8Array(TURN);
  private looked = 0;
  /** By process: logs of what was forked, whose parents are yet to say so, and of what became of that. */
  private readonly waiting = new Map<number, GrowingLog[]>();

  constructor(session: Session) {
    this.session = session;
  }

  get isRunning(): boolean {
    return this.waiting.size > 0 || [...this.processes.keys()].some(isRunning);
  }

  /** Reads a piece of each process's log. Whether there was anything new. */
  async turn(): Promise<boolean> {
    const logs = newLogs(this.session.folder);
    for (const log of logs) {
      const { process } = log;
      if (!this.processes.has(process)) this.processes.set(process, this.session.maps());
      this.waiting.set(process, [...(this.waiting.get(process) ?? []), log]);
    }
    await this.beginAll((logs) => this.isReady(logs));
    this.look();
    let any = logs.length > 0;
    for (const [process, logs] of [...this.open]) any = (await this.read(process, logs)) || any;
    return any;
  }

  /** Behind the last turn. */
  async end(): Promise<void> {
    await this.beginAll(() => true);
    for (const [process, logs] of [...this.open]) {
      while (logs.length > 0) this.close(process, logs);
    }
    for (const [process, maps] of this.processes) {
      const events = maps.events();
      if (events.length === 0) continue;
      await this.session.tape.run(process);
      await this.session.tape.write(events);
    }
  }

  private look(): void {
    if (performance.now() - this.looked < LOOK) return;
    for (const process of this.open.keys()) this.processes.get(process)?.look(process);
    this.looked = performance.now();
  }

  private async beginAll(isReady: (logs: readonly GrowingLog[]) => boolean): Promise<void> {
    for (const [process, logs] of [...this.waiting]) {
      if (!isReady(logs)) continue;
      this.waiting.delete(process);
      for (const log of logs) await this.begin(log);
    }
  }

  /** Whether what a process does may follow. A recorder in its parent says where that forked, unless the process is another program already. */
  private isReady([first, second]: readonly GrowingLog[]): boolean {
    const { heap, rings, forks } = this.session;
    if (!heap || !first?.isFork || second || first.parent === undefined) return true;
    return !this.open.has(first.parent) || !rings.of(first.parent) || forks.isReady(first.process);
  }

  private async begin(log: GrowingLog): Promise<void> {
    const { tape, forks } = this.session;
    const { process, parent } = log;
    const isFirst = this.begun.size === 0;
    const maps = this.processes.get(process) ?? this.session.maps();
    if (!this.begun.has(process)) {
      this.begun.add(process);
      if (parent !== undefined && this.begun.has(parent) && forks.tell(process)) {
        await tape.run(parent);
        await tape.write([{ event: "fork", child: BigInt(process) }]);
      }
    }
    const logs = this.open.get(process) ?? [];
    logs.push({ log, recording: new Recording(this.session, process, maps) });
    this.open.set(process, logs);
    // Of a program that a process becomes, this comes before its first record, behind what was read of the one before.
    if (!isFirst && !log.isFork) logs.at(-1)?.recording.becomes(log.command);
  }

  private async read(process: number, logs: Open[]): Promise<boolean> {
    const [entry] = logs;
    if (!entry) return false;
    // Asked before the log is: what is written until the process ends is then read.
    const ended = logs.length > 1 || !isRunning(process);
    const bytes = entry.log.read(this.piece);
    if (bytes > 0) await entry.recording.push(this.piece.subarray(0, bytes));
    else if (ended) this.close(process, logs);
    return bytes > 0;
  }

  /** Lets go of the first log of a process. A program that has become another ends without a footer. */
  private close(process: number, logs: Open[]): void {
    const entry = logs.shift();
    if (!entry) return;
    const { log } = entry.recording;
    log.end();
    this.skipped += log.skipped;
    if (!log.isWhole && logs.length === 0) this.cut++;
    entry.log.close();
    if (logs.length > 0) return;
    this.open.delete(process);
    for (const { process: of, path } of numbered(this.session.folder, "maps")) {
      if (of === process) this.processes.get(process)?.addFile(path);
    }
    this.session.rings.close(process);
  }
}
