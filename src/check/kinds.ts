import type { Enums } from "../engine/core.js";

/** What can be wrong, by the names that reports use. */
export const FINDING_KINDS = [
  "invalid-read",
  "invalid-write",
  "use-after-free-read",
  "use-after-free-write",
  "double-free",
  "invalid-free",
  "uninitialised-read",
  "uninitialised-load",
  "stack-overflow",
  "dead-frame",
  "unmapped",
  "overlap",
  "size-confusion",
  "size-overflow",
] as const;
/** A load of a captured program is no use of what it loads, so it has a kind of its own: `uninitialised-load`. */
export type FindingKind = (typeof FINDING_KINDS)[number];

/** The kinds by the core's numbers. @internal */
export function findingKinds({ FindingKind }: Enums): readonly FindingKind[] {
  const kinds: FindingKind[] = [];
  kinds[FindingKind.InvalidRead] = "invalid-read";
  kinds[FindingKind.InvalidWrite] = "invalid-write";
  kinds[FindingKind.FreedRead] = "use-after-free-read";
  kinds[FindingKind.FreedWrite] = "use-after-free-write";
  kinds[FindingKind.DoubleFree] = "double-free";
  kinds[FindingKind.InvalidFree] = "invalid-free";
  kinds[FindingKind.Uninitialised] = "uninitialised-read";
  kinds[FindingKind.StackOverflow] = "stack-overflow";
  kinds[FindingKind.DeadFrame] = "dead-frame";
  kinds[FindingKind.Unmapped] = "unmapped";
  kinds[FindingKind.Overlap] = "overlap";
  kinds[FindingKind.SizeConfusion] = "size-confusion";
  kinds[FindingKind.SizeOverflow] = "size-overflow";
  return kinds;
}
