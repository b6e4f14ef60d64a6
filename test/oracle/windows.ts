// Windows of a trace, naively: each page of each space that a window looked up, in a Set.

import type { Config } from "../../src/config/model.js";
import type { OracleEvent, OracleRecord } from "./machine.js";
import { Oracle } from "./machine.js";
import { OutOfMemory } from "./physical.js";

/** What a window came to. */
export interface NaiveWindow {
  records: number;
  accesses: number;
  minor: number;
  workingSet: number;
  resident: number;
}

/** Replays a history; a window ends before the first record of the next. Undefined where memory is used up. */
export function windowsOf(
  config: Config,
  firstTable: bigint,
  items: readonly (OracleRecord | OracleEvent)[],
  window: number,
): NaiveWindow[] | undefined {
  const pages = new Set<string>();
  const oracle = new Oracle(config, firstTable);
  oracle.onPage = (space, first) => pages.add(`${space} ${first}`);
  const windows: NaiveWindow[] = [];
  let before = oracle.stats();
  const end = () => {
    const now = oracle.stats();
    const { kinds } = now;
    const records = (each: typeof kinds) => each.instruction + each.load + each.store + each.modify;
    windows.push({
      records: records(kinds) - records(before.kinds),
      accesses: now.accesses - before.accesses,
      minor: now.faults.minor - before.faults.minor,
      workingSet: pages.size,
      resident: now.paging.resident,
    });
    before = now;
    pages.clear();
  };
  let records = 0;
  try {
    for (const item of items) {
      if (oracle.stopped) break;
      if (!("event" in item) && records++ === window) {
        end();
        records = 1;
      }
      oracle.replay([item]);
    }
  } catch (thrown) {
    if (!(thrown instanceof OutOfMemory)) throw thrown;
    return undefined;
  }
  if (records > 0 || windows.length === 0) end();
  return windows;
}
