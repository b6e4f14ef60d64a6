// The policies by number.

export enum Replacement {
  Lru,
  Fifo,
  Mru,
  Random,
  Clock,
  Clock0,
  Aging,
  Ws,
  WsClock,
  TwoQueue,
  Arc,
  Lirs,
  S3Fifo,
  Sieve,
  MultiGenLru,
  SegmentedFifo,
  Opt,
  Length,
}
