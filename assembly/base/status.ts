/** What a call into the core came to. */
export enum Status {
  Ok = 0,
  /** Linear memory would pass the 4 GiB of wasm32. */
  OutOfMemory = 1,
  /** What stands at `Result.Consumed` is not a record of its format. */
  BadRecord = 2,
  /** A fault ended the replay, because the machine was told to stop at the first. */
  Stopped = 3,
}
