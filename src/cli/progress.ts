import type { Progress } from "../trace/read.js";

export interface ProgressBar {
  update(progress: Progress): void;
  stop(): void;
}

/** A bar on standard error, where that is a terminal and nobody asked for silence. */
export async function progressBar(options: { quiet?: boolean; progress?: boolean }): Promise<ProgressBar> {
  if (!process.stderr.isTTY || options.quiet || options.progress === false) return { update() {}, stop() {} };
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format: "{bar} {percentage}%  {records} M records",
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  let started = false;
  let total = 0;
  return {
    update({ records, bytes, totalBytes }) {
      const payload = { records: (records / 1e6).toFixed(1) };
      if (!started) bar.start(totalBytes ?? 0, 0, payload);
      started = true;
      if (totalBytes !== undefined && totalBytes !== total) bar.setTotal(totalBytes);
      total = totalBytes ?? total;
      bar.update(totalBytes ? bytes : 0, payload);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}
