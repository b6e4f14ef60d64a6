import { LackeyLog, type Listener } from "./log.js";
import type { Maps } from "./maps.js";
import { Marks, type Thread } from "./marks.js";
import type { Ring } from "./ring.js";
import { numbered } from "./rings.js";
import type { Session } from "./session.js";

/** Valgrind's number of a program's first thread. */
const FIRST = 1;

/** One log of lackey, on its way to the tape. */
export class Recording {
  readonly log: LackeyLog;
  private readonly session: Session;
  private readonly process: number;
  private readonly marks: Marks | undefined;
  private program: string | undefined;
  private readonly maps: Maps;
  /** What the recorder saw of the mappings when it began was told. */
  private hasMaps = false;
  private readonly threads = new Map<number, Thread>();
  private running: Thread;

  constructor(session: Session, process: number, maps: Maps) {
    this.session = session;
    this.process = process;
    this.maps = maps;
    this.log = new LackeyLog(session.tape.core);
    this.marks = session.heap && new Marks(session.tape, session.heap);
    this.running = this.thread(FIRST);
  }

  /** The log is of a program that the process has become: its command line. */
  becomes(command: string): void {
    this.program = command.split(" ")[0];
  }

  /** What arrived of the log. */
  async push(bytes: Uint8Array): Promise<void> {
    const { tape, heap, rings } = this.session;
    await tape.runs(this.running);
    if (this.program) await tape.write([{ event: "exec", file: this.program }]);
    this.program = undefined;
    // A ring is there before the first mark of its recorder, and its mappings, too.
    if (heap) rings.look();
    const ring = rings.of(this.process);
    if (ring && !this.hasMaps) await this.tellMaps();
    await this.log.push(bytes, this.listener(ring));
  }

  private async tellMaps(): Promise<void> {
    const { folder, tape } = this.session;
    const found = numbered(folder, "maps").find(({ process }) => process === this.process);
    if (!found) return;
    this.maps.addFile(found.path);
    this.hasMaps = true;
    await tape.write(this.maps.events());
  }

  private listener(ring: Ring | undefined): Listener {
    const { tape, heap } = this.session;
    return {
      records: async (records) => {
        if (!this.marks || !heap || !ring) return tape.flushed(records, 0);
        this.marks.apply(records, ring, this.running);
        await heap.place();
        await tape.flush();
      },
      runs: async (number) => {
        this.running = this.thread(number);
        await tape.runs(this.running);
      },
      ends: async (number) => {
        const thread = this.threads.get(number);
        this.threads.delete(number);
        if (!thread?.allocating) return;
        thread.allocating = false;
        await tape.write([{ event: "allocator leave" }]);
      },
    };
  }

  private thread(number: number): Thread {
    const known = this.threads.get(number);
    if (known) return known;
    const thread = { process: this.process, thread: number, allocating: false, inside: false, paused: false };
    this.threads.set(number, thread);
    return thread;
  }
}
