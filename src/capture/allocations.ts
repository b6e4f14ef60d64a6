import { setTimeout as sleep } from "node:timers/promises";
import type { Maps } from "./maps.js";
import { isRunning } from "./processes.js";
import type { Ring } from "./ring.js";
import { numbered } from "./rings.js";
import { type Found, IDLE, LOOK, type Session } from "./session.js";

/** Events that are written at once; the table of events holds more. */
const BATCH = 4096;

/** Records what a program allocates, and what those that it starts do if they are to be recorded too: at its own speed. */
export async function captureAllocations(session: Session): Promise<Found> {
  const { tape, rings, folder } = session;
  const child = session.launch();
  const maps = new Map<number, Maps>([[child.id, session.maps()]]);
  const look = () => {
    for (const process of rings.processes) if (!maps.has(process)) maps.set(process, session.maps());
    for (const [process, seen] of maps) seen.look(process);
  };
  const looks = setInterval(look, LOOK);
  try {
    while (true) {
      // Asked first: what they do until they end is then read.
      const mainEnded = child.hasEnded;
      const ended = rings.processes.filter((process) => !isRunning(process));
      rings.look();
      const drained = await drainAll(session);
      for (const process of drained) {
        if (ended.includes(process)) rings.close(process);
      }
      if (drained.length < rings.processes.length) continue;
      if (mainEnded && (child.interrupted || rings.processes.length === 0)) break;
      await sleep(IDLE);
    }
    look();
    for (const { process, path } of numbered(folder, "maps")) maps.get(process)?.addFile(path);
    for (const [process, seen] of maps) {
      await tape.run(process);
      await tape.write(seen.events());
    }
    return { child, processes: maps.size, cut: 0, skipped: 0 };
  } finally {
    clearInterval(looks);
  }
}

/** Takes a batch from each ring. The processes that had none. */
async function drainAll(session: Session): Promise<number[]> {
  const drained: number[] = [];
  for (const process of session.rings.processes) if (!(await drain(session, process))) drained.push(process);
  return drained;
}

/** Takes a batch of what a process has recorded. False: there is nothing new. */
async function drain(session: Session, process: number): Promise<boolean> {
  const { tape, heap, rings } = session;
  const ring = rings.of(process);
  if (!ring || !heap || ring.isEmpty) return false;
  if (isWaiting(session, process, ring)) {
    await sleep(IDLE);
    return true;
  }
  await begin(session, process, ring);
  await tape.run(process);
  tape.columns.begin();
  while (tape.columns.events < BATCH && heap.take(ring));
  await heap.place();
  await tape.flush();
  return true;
}

/** Whether a forked process's parent is yet to say so. */
function isWaiting({ started, forks, rings }: Session, process: number, ring: Ring): boolean {
  if (ring.continues || started.has(ring) || !rings.of(ring.parent)) return false;
  return !forks.isReady(process);
}

/** Says where a process comes from, before its first event: a fork of another, or a program that began in it. */
async function begin({ tape, started, forks }: Session, process: number, ring: Ring): Promise<void> {
  if (ring.continues || started.has(ring)) return;
  started.add(ring);
  if (tape.events === 0) return;
  if (ring.parent) {
    if (!forks.tell(process)) return;
    await tape.run(ring.parent);
    return tape.write([{ event: "fork", child: BigInt(process) }]);
  }
  await tape.run(process);
  await tape.write([{ event: "exec", file: ring.program }]);
}
