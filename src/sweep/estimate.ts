/** How far a reading is: the share that is read, where that is known, and since when. @internal */
export interface ReadingSoFar {
  share: number | undefined;
  seconds: number;
}

/** What replays take, in times of a reading, as measured on compressed lackey text. */
const WHOLE = 0.4;
const FILTERED = 0.05;

/** What is left of a sweep: tasks by what each is expected to cost, in nanoseconds until the first is done, and then by the time that others took. @internal */
export class Estimate {
  private readonly started = performance.now();
  private readonly jobs: number;
  /** When the first task was begun. */
  private begun: number | undefined;
  private waiting = 0;
  private done = 0;
  /** What comes behind the reading, in times of a whole reading, while nothing else tells. */
  private later = 0;

  constructor(jobs: number) {
    this.jobs = jobs;
  }

  /** So many replays, and replays behind a filter, come behind the reading of a trace. */
  expect(whole: number, filtered: number): void {
    this.later = whole * WHOLE + filtered * FILTERED;
  }

  /** A task is to be done. */
  add(cost: number): void {
    this.begun ??= performance.now();
    this.later = 0;
    this.waiting += cost;
  }

  /** One of this cost was done. */
  finish(cost: number): void {
    this.waiting -= cost;
    this.done += cost;
  }

  /** Since the sweep began. */
  get seconds(): number {
    return since(this.started);
  }

  /** Seconds that are left, also of a reading that is under way; undefined while too little is known. */
  remaining(reading: ReadingSoFar | undefined): number | undefined {
    const rate = this.done > 0 ? since(this.begun ?? 0) / this.done : 1e-9 / this.jobs;
    if (!reading) return this.waiting * rate;
    const { share, seconds } = reading;
    if (!share) return undefined;
    return (seconds / share) * (1 - share + this.later / this.jobs) + this.waiting * rate;
  }
}

function since(moment: number): number {
  return (performance.now() - moment) / 1000;
}
