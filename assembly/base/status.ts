/** What a call into the core came to. */
export enum Status {
  Ok = 0,
  /** Linear memory would pass the 4 GiB of wasm32. */
  OutOfMemory = 1,
  /** What stands at `Result.Consumed` is not a record of its format. */
  BadRecord = 2,
  /** A fault ended the replay, because the machine was told to stop at the first. */
  Stopped = 3,
  /** The event at `Result.Place` is the host's to do; the replay goes on behind it. */
  ForHost = 4,
  /** Tables contradict each other: a fault of this program. */
  Contradiction = 5,
}

/** What there was too little of, when a call ends in `Status.OutOfMemory`. */
export enum Shortage {
  /** Linear memory. */
  Linear = 0,
  /** Physical memory of the configured bits, for pages. */
  Physical = 1,
  /** The low part of it that has tables. */
  Tables = 2,
  /** Frames of an inverted table. */
  Frames = 3,
  /** Addresses that a nested table translates, or memory behind it. */
  Host = 4,
  /** A table that can have an operating system: an inverted one maps a frame once, and pages are of several sizes, or global. */
  Manageable = 5,
}
