/*
 * Traces a C program's allocations without any tool: MALLOC, CALLOC, REALLOC and FREE do what malloc, calloc, realloc and free do, and
 * write a line of pagewalk's scenario text for each, with the place of the call.
 *
 *     #include "pagewalk-malloc.h"
 *
 *     int *numbers = MALLOC(10 * sizeof *numbers);
 *     FREE(numbers);
 *
 *     $ cc -g -o prog prog.c && ./prog
 *     $ pagewalk check pagewalk.scenario                     errors, and what was never freed
 *     $ pagewalk check --format classic pagewalk.scenario    the same blocks, a line each
 *
 * The file is pagewalk.scenario in the current folder, or what the environment variable PAGEWALK_TRACE names; it is written anew.
 *
 * A C program that is not to be changed: cc -DPAGEWALK_REPLACE -include pagewalk-malloc.h ... traces its malloc, calloc, realloc and free,
 * where it calls them by these names. (C++ that says std::malloc does not compile so.)
 *
 * POSIX; gcc or clang; C99 or later, or C++. It may be included in any number of files. Threads may allocate at once. A child of
 * fork is not traced. Nothing is allocated for the trace, and nothing of it is kept back: it is whole up to a crash.
 */

#ifndef PAGEWALK_MALLOC_H
#define PAGEWALK_MALLOC_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

#define MALLOC(size) pagewalk_malloc((size), __FILE__, __LINE__)
#define CALLOC(count, size) pagewalk_calloc((count), (size), __FILE__, __LINE__)
#define REALLOC(ptr, size) pagewalk_realloc((ptr), (size), __FILE__, __LINE__)
#define FREE(ptr) pagewalk_free((ptr), __FILE__, __LINE__)

/* One of each in a program, however many of its files include this one. */
#define PAGEWALK_SHARED __attribute__((weak, visibility("hidden")))

/* Held while a line is written; also over all of a realloc, whose old block another thread may get before its line is there. */
PAGEWALK_SHARED int pagewalk_lock;
/* The file, from the first call on; the process that opened it, 0 before. */
PAGEWALK_SHARED int pagewalk_file;
PAGEWALK_SHARED pid_t pagewalk_process;

struct pagewalk_line {
  size_t used;
  char bytes[256];
};

static inline void pagewalk_enter(void) {
  while (__sync_lock_test_and_set(&pagewalk_lock, 1)) sched_yield();
}

static inline void pagewalk_leave(void) {
  __sync_lock_release(&pagewalk_lock);
}

/* Says on standard error why there will be no more lines. */
static inline void pagewalk_give_up(void) {
  static const char message[] = "pagewalk-malloc.h: the trace cannot be written\n";
  pagewalk_file = -1;
  if (write(2, message, sizeof message - 1) < 0) return;
}

static inline void pagewalk_flush(struct pagewalk_line *line) {
  size_t from = 0;
  while (from < line->used && pagewalk_file >= 0) {
    ssize_t written = write(pagewalk_file, line->bytes + from, line->used - from);
    if (written > 0) from += (size_t)written;
    else if (written < 0 && errno != EINTR) pagewalk_give_up();
  }
  line->used = 0;
}

static inline void pagewalk_put(struct pagewalk_line *line, char byte) {
  if (line->used == sizeof line->bytes) pagewalk_flush(line);
  line->bytes[line->used++] = byte;
}

static inline void pagewalk_text(struct pagewalk_line *line, const char *text) {
  while (*text) pagewalk_put(line, *text++);
}

static inline void pagewalk_number(struct pagewalk_line *line, uintmax_t value, unsigned base) {
  char digits[24];
  int count = 0;
  do digits[count++] = "0123456789abcdef"[value % base];
  while (value /= base);
  while (count) pagewalk_put(line, digits[--count]);
}

static inline void pagewalk_address(struct pagewalk_line *line, uintptr_t address) {
  pagewalk_text(line, " 0x");
  pagewalk_number(line, address, 16);
}

static inline void pagewalk_size(struct pagewalk_line *line, size_t size) {
  pagewalk_put(line, ' ');
  pagewalk_number(line, size, 10);
}

/* A name that is not one word stands in quotes, as in JSON. */
static inline int pagewalk_is_word(const char *name) {
  const unsigned char *at = (const unsigned char *)name;
  if (*at == '#' || *at == '@' || *at == '=' || *at == '$') return 0;
  for (; *at; at++) {
    if (*at <= ' ' || *at == '"' || *at >= 0x7f) return 0;
  }
  return 1;
}

/* Ends a line with the place of the call. */
static inline void pagewalk_place(struct pagewalk_line *line, const char *file, int number) {
  int quoted = !pagewalk_is_word(file);
  pagewalk_text(line, quoted ? " at \"" : " at ");
  for (; *file; file++) {
    unsigned char byte = (unsigned char)*file;
    if (quoted && byte < ' ') {
      pagewalk_text(line, byte < 16 ? "\\u000" : "\\u00");
      pagewalk_number(line, byte, 16);
      continue;
    }
    if (quoted && (byte == '"' || byte == '\\')) pagewalk_put(line, '\\');
    pagewalk_put(line, *file);
  }
  pagewalk_put(line, ':');
  pagewalk_number(line, (uintmax_t)number, 10);
  pagewalk_text(line, quoted ? "\"\n" : "\n");
  pagewalk_flush(line);
}

/* Whether to write, with the lock held; a line begins. */
static inline int pagewalk_begin(struct pagewalk_line *line, const char *event) {
  line->used = 0;
  if (!pagewalk_process) {
    const char *name = getenv("PAGEWALK_TRACE");
    int flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND;
#ifdef O_CLOEXEC
    flags |= O_CLOEXEC;
#endif
    pagewalk_process = getpid();
    pagewalk_file = open(name && *name ? name : "pagewalk.scenario", flags, 0666);
    if (pagewalk_file < 0) pagewalk_give_up();
    pagewalk_text(line, "# allocations, by pagewalk-malloc.h\n");
  }
  if (pagewalk_file < 0 || pagewalk_process != getpid()) return 0;
  pagewalk_text(line, event);
  return 1;
}

static inline void pagewalk_freed(uintptr_t ptr, const char *file, int number) {
  struct pagewalk_line line;
  if (!pagewalk_begin(&line, "free")) return;
  pagewalk_address(&line, ptr);
  pagewalk_place(&line, file, number);
}

/* The line of a block that was made; `errno` is as the allocator left it. */
static inline void *pagewalk_made(void *ptr, size_t size, const char *file, int number) {
  struct pagewalk_line line;
  int error = errno;
  if (!ptr) return ptr;
  if (pagewalk_begin(&line, "malloc")) {
    pagewalk_address(&line, (uintptr_t)ptr);
    pagewalk_size(&line, size);
    pagewalk_place(&line, file, number);
  }
  errno = error;
  return ptr;
}

__attribute__((unused)) static inline void *pagewalk_malloc(size_t size, const char *file, int number) {
  void *ptr = malloc(size);
  pagewalk_enter();
  pagewalk_made(ptr, size, file, number);
  pagewalk_leave();
  return ptr;
}

__attribute__((unused)) static inline void *pagewalk_calloc(size_t count, size_t size, const char *file, int number) {
  void *ptr = calloc(count, size);
  int error = errno;
  struct pagewalk_line line;
  if (!ptr) return ptr;
  pagewalk_enter();
  if (pagewalk_begin(&line, "calloc")) {
    pagewalk_address(&line, (uintptr_t)ptr);
    pagewalk_size(&line, count);
    pagewalk_size(&line, size);
    pagewalk_place(&line, file, number);
  }
  pagewalk_leave();
  errno = error;
  return ptr;
}

__attribute__((unused)) static inline void *pagewalk_realloc(void *ptr, size_t size, const char *file, int number) {
  uintptr_t old = (uintptr_t)ptr;
  struct pagewalk_line line;
  void *moved;
  int error;
  pagewalk_enter();
  moved = realloc(ptr, size);
  error = errno;
  if (!old) {
    pagewalk_made(moved, size, file, number);
  } else if (!moved) {
    /* No block of size 0: it was freed. Otherwise there was no memory, and nothing happened. */
    if (size == 0) pagewalk_freed(old, file, number);
  } else if (pagewalk_begin(&line, "realloc")) {
    pagewalk_address(&line, old);
    pagewalk_address(&line, (uintptr_t)moved);
    pagewalk_size(&line, size);
    pagewalk_place(&line, file, number);
  }
  pagewalk_leave();
  errno = error;
  return moved;
}

/* The line comes first: behind it another thread may get the block. */
__attribute__((unused)) static inline void pagewalk_free(void *ptr, const char *file, int number) {
  int error = errno;
  if (ptr) {
    pagewalk_enter();
    pagewalk_freed((uintptr_t)ptr, file, number);
    pagewalk_leave();
  }
  errno = error;
  free(ptr);
}

#ifdef PAGEWALK_REPLACE
#define malloc(size) MALLOC(size)
#define calloc(count, size) CALLOC(count, size)
#define realloc(ptr, size) REALLOC(ptr, size)
#define free(ptr) FREE(ptr)
#endif

#endif
