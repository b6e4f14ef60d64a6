// The data caches.

export * from "../cache/cache";
export { CacheCount } from "../cache/level";
