import { LackeyLog } from "./log.js";
import { Marks } from "./marks.js";
import type { Session } from "./session.js";

/** One log of lackey, on its way to the tape. */
export class Recording {
  readonly log: LackeyLog;
  private readonly session: Session;
  private readonly process: number;
  private readonly marks: Marks | undefined;
  private program: string | undefined;

  constructor(session: Session, process: number) {
    this.session = session;
    this.process = process;
    this.log = new LackeyLog(session.tape.core);
    this.marks = session.heap && new Marks(session.tape, session.heap);
  }

  /** The log is of a program that the process has become: its command line. */
  becomes(command: string): void {
    this.program = command.split(" ")[0];
  }

  /** What arrived of the log. */
  async push(bytes: Uint8Array): Promise<void> {
    const { tape, heap, rings } = this.session;
    await tape.run(this.process);
    if (this.program) await tape.write([{ event: "exec", file: this.program }]);
    this.program = undefined;
    // A ring is there before the first mark of its recorder.
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
