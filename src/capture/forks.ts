/** Milliseconds after which a fork is not waited for any more: its parent was made to fork in a way that no recorder sees. */
const PATIENCE = 1000;

/**
 * Which forks are on the tape. A parent with a recorder tells of them at their places in what it does; those of others are told of where the
 * child is first seen.
 */
export class Forks {
  private readonly told = new Set<number>();
  private readonly waiting = new Map<number, number>();

  /** Notes that a fork goes on the tape now. False: it is there already. */
  tell(child: number): boolean {
    if (this.told.has(child)) return false;
    this.told.add(child);
    this.waiting.delete(child);
    return true;
  }

  /** Whether what a child does may follow: its fork is on the tape, or will not be told by its parent. */
  isReady(child: number): boolean {
    if (this.told.has(child)) return true;
    const since = this.waiting.get(child) ?? performance.now();
    this.waiting.set(child, since);
    return performance.now() - since > PATIENCE;
  }
}
