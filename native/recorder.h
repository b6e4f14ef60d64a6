// The recorder's own interface: recorder.c keeps the ring, allocator.c and callers.c are what the program calls.

#ifndef PAGEWALK_RECORDER_H
#define PAGEWALK_RECORDER_H

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define EXPORT __attribute__((visibility("default")))
#define THREAD __thread __attribute__((tls_model("initial-exec")))
#define CALLER ((uintptr_t)__builtin_return_address(0))

// Kinds of cell; kinds of mark, by their word on the page.
enum { MALLOC = 1, ALIGNED, CALLOC, REALLOC, FREE, MODULE, UNMAP, FORK };
enum { EVENT = 0, PAUSE = 1, RESUME = 2, ENTER = 3, LEAVE = 4 };
enum { PAGE = 4096 };

// The caller of operator new, which calls malloc; of a function of libc that does. 0: none.
extern THREAD uintptr_t site, through;

// False while dlsym itself allocates.
bool resolve(void);

// Whether to record what the thread does now; `leave` follows.
bool enter(void);
void leave(void);

// What lies between is the allocator's own work; all that a thread does at its end is.
void inside(bool is);

// Marks are made under valgrind only.
bool has_marks(void);
void mark(int what);

// Around events that have to follow one another.
void lock(void);
void unlock(void);
void event(uint32_t kind, const void *ptr, uint64_t other, uint64_t size, uintptr_t ip);
// The process has a child, which is recorded if children are.
void forked(int child);
// Counts an allocation that gave NULL.
void failed(void);

// The line of the program that calls, its module told: `ip`, if that is not in a function on the program's behalf.
uintptr_t caller(uintptr_t ip);

#endif
