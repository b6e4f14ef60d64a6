import { createGunzip } from "node:zlib";
import type { Chunks } from "../bytes.js";
import { INFLATE, inflate } from "./inflate.js";

/** Reads files joined end to end as one. */
export function gunzip(chunks: Chunks): AsyncGenerator<Uint8Array, undefined> {
  return inflate(chunks, createGunzip(INFLATE));
}
