/** What a trace of lines holds, counted with grep, awk and Python's regular expressions. */
export interface EventCase {
  trace: string;
  format: string;
  events: Record<string, number>;
  /** Counts of what is no event. */
  other?: Record<string, number>;
}

/** Operations of a malloc-lab trace: allocations, reallocations, frees. */
function rep(name: string, malloc: number, realloc: number, free: number): EventCase {
  return { trace: `heap/${name}.rep`, format: "rep", events: { malloc, realloc, free } };
}

export const eventCases: EventCase[] = [
  rep("cc1", 17828, 1446, 14116),
  rep("gawk", 447, 6, 37),
  rep("gitlog", 1655, 66, 1537),
  rep("perl", 23676, 114, 22841),
  { trace: "capture/wf.mtrace.gz", format: "mtrace", events: { malloc: 6273, realloc: 1, free: 3114 } },
  {
    trace: "capture/wf.ltrace.gz",
    format: "ltrace",
    // 2187 calls of malloc and 2186 of strdup.
    events: { malloc: 4373, calloc: 7, realloc: 1, free: 2189, exit: 1, switch: 1 },
  },
  {
    trace: "capture/wf.vgtm",
    format: "memcheck",
    events: { malloc: 6266, calloc: 7, realloc: 1, free: 3190, switch: 1 },
    other: { messages: 21 },
  },
  {
    trace: "capture/wf.htraw.raw.zst",
    format: "heaptrack",
    events: { malloc: 6275, free: 3115 },
    other: { timestamps: 3, "resident sizes": 3 },
  },
  { trace: "capture/self.maps", format: "maps", events: { mmap: 34, region: 6 } },
  {
    trace: "capture/ls.stracey",
    format: "strace",
    events: { mmap: 30, munmap: 1, mprotect: 5, brk: 2, exit: 1 },
    other: { "brk that changes nothing": 1 },
  },
  {
    trace: "capture/py.strace",
    format: "strace",
    events: {
      mmap: 970,
      munmap: 52,
      mprotect: 154,
      brk: 100,
      fork: 40,
      vfork: 1,
      exec: 40,
      exit: 42,
      switch: 83,
    },
    other: {
      "brk that changes nothing": 39,
      "failed execve": 212,
      "other calls": 81,
      "ends of threads": 42,
      signals: 41,
    },
  },
];
