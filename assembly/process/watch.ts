// The faults of one line of a trace, for what it expects of them.
//
//   fault | va u64 | kind u32, access u32 |

export enum WatchedFault {
  Minor,
  Major,
  Cow,
  /** The others as `Fault` has them. */
  Segv,
  Protection,
  Bus,
  OutOfFrames,
}

export enum Watch {
  Capacity = 64,
  /** Bytes of a fault. */
  Bytes = 16,
}

export const watched: usize = memory.data(<i32>Watch.Capacity * <i32>Watch.Bytes, 8);
export let watchedCount: u32 = 0;
let watching: bool = false;

/** Forgets what was noted; and begins, or ends. */
export function watch(on: bool): void {
  watching = on;
  watchedCount = 0;
}

/** Notes a fault; of more than there is room for the last one, which may have ended the access, takes the last place. */
export function noteFault(kind: WatchedFault, va: u64, access: u32): void {
  if (!watching) return;
  if (watchedCount == Watch.Capacity) watchedCount--;
  const at = watched + <usize>watchedCount * Watch.Bytes;
  store<u64>(at, va);
  store<u32>(at, kind, 8);
  store<u32>(at, access, 12);
  watchedCount++;
}
