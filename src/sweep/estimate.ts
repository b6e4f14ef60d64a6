/** What tasks are expected to cost, in nanoseconds on some machine: only their ratios and the measured time since tell what is left. @internal */
export class Estimate {
  private readonly started = performance.now();
  private readonly jobs: number;
  private waiting = 0;
  private done = 0;

  constructor(jobs: number) {
    this.jobs = jobs;
  }

  add(cost: number): void {
    this.waiting += cost;
  }

  /** Something of this cost was done. */
  finish(cost: number): void {
    this.waiting -= cost;
    this.done += cost;
  }

  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** Seconds that are left, `share` of the present reading being done: undefined while too little is known. */
  remaining(reading: { share: number | undefined; seconds: number } | undefined): number | undefined {
    const { share, seconds } = reading ?? { share: 1, seconds: 0 };
    if (share === undefined || share === 0) return undefined;
    const left = (seconds / share) * (1 - share);
    const rate = this.done > 0 ? (this.seconds - seconds) / this.done : 1e-9 / this.jobs;
    return left + this.waiting * rate;
  }
}
