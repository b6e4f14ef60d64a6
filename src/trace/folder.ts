import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where DynamoRIO puts the files of the threads, in the directory of a trace. */
const THREADS = "trace";
/** What it puts beside them: in which order threads ran. */
const SCHEDULE = /_schedule\.bin(\.|$)/;

/** The files of a directory that may each be a thread's, in the order of their names; undefined if it is none. */
export function threadFiles(path: string): string[] | undefined {
  const folder = filesOf(join(path, THREADS)) ?? filesOf(path);
  return folder?.filter((file) => !SCHEDULE.test(file));
}

/** The regular files of a directory; undefined if it is none, or may not be read. */
function filesOf(path: string): string[] | undefined {
  try {
    const names = readdirSync(path).filter((name) => !name.startsWith("."));
    return names
      .sort()
      .map((name) => join(path, name))
      .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
  } catch {
    return undefined;
  }
}
