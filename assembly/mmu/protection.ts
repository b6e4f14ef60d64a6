// What a page forbids.

import { userMode } from "./schedule";
import { Flag } from "./format";
import { Access } from "./tlb";

const ALL: u32 = <u32>Flag.Read | <u32>Flag.Write | <u32>Flag.Execute | <u32>Flag.User;

/** Whether a page with these flags, of attributes or of a leaf, lets the running mode make an access. */
export function permits(flags: u32, access: u32): bool {
  let wanted: u32 = access == Access.Store ? Flag.Write : access == Access.Load ? Flag.Read : Flag.Execute;
  if (userMode) wanted |= Flag.User;
  return (flags & wanted) == wanted;
}

/** Whether a page forbids something to somebody. */
export function isRestricted(flags: u32): bool {
  return (flags & ALL) != ALL;
}
