/** Faults that end an access. */
export enum Fault {
  Segv,
  Protection,
  /** Beyond the end of a file's last page. */
  Bus,
  /** There was no frame to be had, or no room in swap for what was in one. */
  OutOfFrames,
}
