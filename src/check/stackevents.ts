import type { EventFields } from "../trace/events.js";
import type { CheckedProcess, Named, Stack } from "./process.js";
import type { Session } from "./session.js";

/** Bytes between a frame and its caller's: where the return address and the saved frame pointer are, at least. */
const SAVED = 16n;
/** No stack has room for a larger frame. */
const LARGEST = 1n << 32n;

/** Frames that are pushed and popped. @internal */
export class StackEvents {
  private readonly session: Session;

  constructor(session: Session) {
    this.session = session;
  }

  push({ size, name }: EventFields["frame push"]): Named {
    const { session } = this;
    const { process, checker, texts } = session;
    session.has("named");
    const stack = process.stackOf(session.running, session.thread, session.arenas.stacks);
    const below = stack.frames.at(-1)?.start ?? stack.top;
    const redzone = BigInt(Math.max(session.options.redzone, Number(SAVED)));
    const start = (below - redzone - (size > LARGEST ? 0n : size)) & ~15n;
    const base = name.startsWith("$") ? name : `$${name}`;
    const frame: Named = {
      name: base,
      start,
      serial: 0n,
      size,
      isFrame: true,
      isLive: true,
      allocated: session.place,
      freed: 0n,
    };
    const used = stack.top - start + (size > LARGEST ? size : 0n);
    if (used > session.stackLimit || start < stack.top - LARGEST) {
      session.report(checker.core.enums.FindingKind.StackOverflow, start, size, frame);
    } else {
      frame.serial = checker.push(start, size, texts.numberOf(base)).serial;
    }
    stack.frames.push(frame);
    process.names.set(base, frame);
    const list = process.frames.get(base);
    if (list) list.push(frame);
    else process.frames.set(base, [frame]);
    return frame;
  }

  pop(): void {
    const { session } = this;
    const { running, thread, arenas } = session;
    const stack = session.process.stackOf(running, thread, arenas.stacks);
    if (!this.popFrom(stack, session.process)) session.unbalanced++;
  }

  /** A process ends, in memory that others go on to use, which is entered. */
  popAll(process: CheckedProcess, number: number): void {
    for (const stack of process.stacksOf(number)) while (this.popFrom(stack, process));
  }

  /** False: there is no frame. */
  private popFrom(stack: Stack, { frames, names }: CheckedProcess): boolean {
    const { session } = this;
    const frame = stack.frames.pop();
    if (!frame) return false;
    frame.isLive = false;
    frame.freed = session.place;
    if (frame.serial !== 0n) session.checker.pop(frame);
    const list = frames.get(frame.name) ?? [];
    // It is the last, but for frames of other threads.
    list.splice(list.lastIndexOf(frame), 1);
    if (list.length === 0) frames.delete(frame.name);
    names.set(frame.name, frame);
    return true;
  }
}
