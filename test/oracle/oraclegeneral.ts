// libCacheSim's oracleGeneral records, written with a DataView.

export interface Request {
  time: number;
  id: bigint;
  size: number;
  next: bigint;
}

export const REQUEST_BYTES = 24;

export function writeOracleGeneral(requests: readonly Request[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(requests.length * REQUEST_BYTES));
  for (const [i, { time, id, size, next }] of requests.entries()) {
    view.setUint32(i * REQUEST_BYTES, time, true);
    view.setBigUint64(i * REQUEST_BYTES + 4, id, true);
    view.setUint32(i * REQUEST_BYTES + 12, size, true);
    view.setBigInt64(i * REQUEST_BYTES + 16, next, true);
  }
  return new Uint8Array(view.buffer);
}
