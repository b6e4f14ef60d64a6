import { Fifo } from "./fifo.js";
import { Recording } from "./recording.js";
import { numbered } from "./rings.js";
import { type Found, LOOK, type Session } from "./session.js";

/** Records a process under valgrind, whose log comes through a pipe. Those that it starts are not recorded. */
export async function captureProcess(session: Session): Promise<Found> {
  const { tape, folder } = session;
  const fifo = new Fifo(`${folder}/log`);
  const child = session.launch(fifo.path.replaceAll("%", "%%"));
  const ended = () => fifo.end();
  child.exit.then(ended, ended);
  const maps = session.maps();
  const looks = setInterval(() => maps.look(child.id), LOOK);
  try {
    const recording = new Recording(session, child.id, maps);
    for await (const chunk of fifo.chunks()) await recording.push(chunk);
    recording.log.end();
    for (const { process, path } of numbered(folder, "maps")) if (process === child.id) maps.addFile(path);
    await tape.write(maps.events());
    const { isWhole, skipped } = recording.log;
    return { child, processes: 1, cut: isWhole ? 0 : 1, skipped };
  } finally {
    clearInterval(looks);
  }
}
