import { execFileSync } from "node:child_process";
import type { Folder } from "../cli/pagewalk.js";

/** Every kind of call, a line each from line 8 on; the lines are what tests look for. */
export const CALLS = `#define _GNU_SOURCE
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
int main(void) {
  void *p;
  volatile char *a, *b;
  a = malloc(10);
  b = calloc(3, 7);
  a = realloc((void *)a, 5000);
  b[0] = a[1];
  free((void *)b);
  if (posix_memalign(&p, 64, 100)) return 1;
  free(p);
  p = aligned_alloc(32, 96);
  p = reallocarray(p, 5, 40);
  p = realloc(p, 0);
  p = realloc(NULL, 11);
  free(p);
  p = malloc((size_t)1 << 60);
  free(p);
  free((void *)a);
  return 3;
}
`;

/** What CALLS does, as a scenario prints it, with blocks by the order in which they appear. */
export const CALLED = [
  "malloc #1 10 at calls.c:8",
  "calloc #2 3 7 at calls.c:9",
  "realloc #1 #3 5000 at calls.c:10",
  "free #2 at calls.c:12",
  "malloc #4 100 align 64 at calls.c:13",
  "free #4 at calls.c:14",
  "malloc #5 96 align 32 at calls.c:15",
  "realloc #5 #6 200 at calls.c:16",
  "free #6 at calls.c:17",
  "malloc #7 11 at calls.c:18",
  "free #7 at calls.c:19",
  "free #3 at calls.c:22",
];

/** Threads that allocate, resize and release over one another. */
export const THREADS = `#include <pthread.h>
#include <stdlib.h>
static void *work(void *unused) {
  (void)unused;
  for (int i = 0; i < 200; i++) {
    char *p = malloc(i % 50 + 1);
    p = realloc(p, i % 90 + 1);
    p[0] = 1;
    free(p);
  }
  return NULL;
}
int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, work, NULL);
  for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
  return 0;
}
`;

/** More allocations than a ring holds, and faster than they are read. */
export const MANY = `#include <stdlib.h>
int main(void) {
  static void *blocks[1000];
  for (int i = 0; i < 600000; i++) {
    free(blocks[i % 1000]);
    blocks[i % 1000] = malloc(i % 300);
  }
  return 0;
}
`;

/** A child of its own that allocates. */
export const FORKS = `#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  void *before = malloc(11);
  if (fork() == 0) {
    void *own = malloc(22);
    free(own);
    free(before);
    _exit(0);
  }
  wait(NULL);
  free(before);
  free(malloc(33));
  return 0;
}
`;

/** Says its number, and never ends. */
export const ENDLESS = `#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(void) {
  printf("%d\\n", (int)getpid());
  fflush(stdout);
  for (volatile unsigned long i = 0;; i++) {
    if (i % 100000 == 0) free(malloc(i % 1000));
  }
}
`;

/** Builds a C program. Its path. */
export function build(folder: Folder, name: string, source: string, ...flags: string[]): string {
  folder.put(`${name}.c`, source);
  const args = ["-g", "-O0", "-w", "-fno-builtin", "-o", name, `${name}.c`, "-lpthread", ...flags];
  execFileSync("gcc", args, { cwd: folder.path });
  return folder.at(name);
}
