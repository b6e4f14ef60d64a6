import type { SweepProgress } from "../sweep/sweep.js";
import type { Progress } from "../trace/read.js";

export interface ProgressBar<P> {
  update(progress: P): void;
  stop(): void;
}

interface ProgressFlags {
  quiet?: boolean;
  progress?: boolean;
}

/** The bytes read of those there are. */
export function progressBar(flags: ProgressFlags): Promise<ProgressBar<Progress>> {
  return bar(flags, "{bar} {percentage}%  {records} M records", ({ records, bytes, totalBytes }) => ({
    done: totalBytes ? bytes : 0,
    total: totalBytes,
    words: { records: (records / 1e6).toFixed(1) },
  }));
}

/** The cells that are done, and the time that the others will take. */
export function sweepBar(flags: ProgressFlags): Promise<ProgressBar<SweepProgress>> {
  const format = "{bar} {percentage}%  {what}: {value} of {total} cells{left}";
  return bar(flags, format, ({ done, cells, remaining, what }) => ({
    done,
    total: cells,
    words: { what, left: remaining === undefined ? "" : `, ${clock(remaining)} left` },
  }));
}

/** Seconds as 12 s, 3:05 or 1:02:03. */
function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (value: number) => String(value).padStart(2, "0");
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

interface Shown {
  done: number;
  /** Undefined where it is not known yet. */
  total: number | undefined;
  words: Record<string, string>;
}

/** A bar on standard error, where that is a terminal and nobody asked for silence. */
async function bar<P>(
  flags: ProgressFlags,
  format: string,
  show: (progress: P) => Shown,
): Promise<ProgressBar<P>> {
  if (!process.stderr.isTTY || flags.quiet || flags.progress === false) return { update() {}, stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  const shown = new cliProgress.SingleBar({
    format,
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  let started = false;
  let last = 0;
  return {
    update(progress) {
      const { done, total, words } = show(progress);
      if (!started) shown.start(total ?? 0, 0, words);
      started = true;
      if (total !== undefined && total !== last) shown.setTotal(total);
      last = total ?? last;
      shown.update(done, words);
    },
    stop() {
      if (started) shown.stop();
    },
  };
}
