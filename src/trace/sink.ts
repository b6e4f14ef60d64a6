/** Where a writer puts a trace's bytes, in order. Failures are PagewalkErrors, `E_OUTPUT`. */
export interface Sink {
  /** Resolves when there is room for more. The bytes are taken over. */
  write(bytes: Uint8Array): Promise<void>;
  /** Writes over the first bytes, where what was written can still be reached. */
  patch?(bytes: Uint8Array): Promise<void>;
  /** Behind the last byte. */
  end(): Promise<void>;
}

/** A place for a whole output: it appears at once, or not at all. */
export interface Destination extends Sink {
  /** Bytes written. */
  readonly bytes: number;
  /** Takes back what can be taken back. */
  discard(): Promise<void>;
}
