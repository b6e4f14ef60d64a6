/** What an instance calls of its host while a call into it goes on. @internal */
export interface Hooks {
  /** Of the heap of a process (assembly/heap/note.ts): offsets are from its start. */
  grow(bytes: number): boolean;
  map(start: number, bytes: number, lead: number, alignment: number): boolean;
  unmap(start: number): void;
  copy(to: number, from: number, bytes: number): void;
  zero(at: number, bytes: number): void;
  drain(): void;
  /** Of a machine whose processes have heaps (assembly/process/heaps.ts). */
  forked(heap: number): number;
  dropped(heap: number): void;
}

/** Of an instance that has neither. @internal */
export function noHooks(): Hooks {
  return {
    grow: () => false,
    map: () => false,
    unmap: () => {},
    copy: () => {},
    zero: () => {},
    drain: () => {},
    forked: () => 0,
    dropped: () => {},
  };
}

/** The imports of an instance whose hooks may still change. @internal */
export function importsOf(hooks: Hooks): Record<string, Record<string, unknown>> {
  const u = (value: number) => value >>> 0;
  return {
    note: {
      grow: (bytes: number) => hooks.grow(u(bytes)),
      map: (start: number, bytes: number, lead: number, alignment: number) =>
        hooks.map(u(start), u(bytes), u(lead), u(alignment)),
      unmap: (start: number) => hooks.unmap(u(start)),
      copy: (to: number, from: number, bytes: number) => hooks.copy(u(to), u(from), u(bytes)),
      zero: (at: number, bytes: number) => hooks.zero(u(at), u(bytes)),
      drain: () => hooks.drain(),
    },
    heaps: {
      forked: (heap: number) => hooks.forked(u(heap)),
      dropped: (heap: number) => hooks.dropped(u(heap)),
    },
  };
}
