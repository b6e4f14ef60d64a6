// The functions of the allocator, as the program calls them: each goes on to the real one, and is recorded.

#include "recorder.h"

#include <malloc.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct {
  void *(*malloc)(size_t);
  void *(*calloc)(size_t, size_t);
  void *(*realloc)(void *, size_t);
  void (*free)(void *);
  int (*posix_memalign)(void **, size_t, size_t);
  void *(*aligned_alloc)(size_t, size_t);
  void *(*memalign)(size_t, size_t);
  void *(*valloc)(size_t);
  void *(*pvalloc)(size_t);
  size_t (*malloc_usable_size)(void *);
} real;

// -- before dlsym has answered

enum { BOOT_BYTES = 1 << 16 };

static _Alignas(16) char boot[BOOT_BYTES];
static atomic_size_t boot_used;
static THREAD bool resolving;

static void *boot_alloc(size_t size) {
  size_t at = atomic_fetch_add(&boot_used, (size + 31) / 16 * 16);
  if (size > BOOT_BYTES || at + size + 16 > BOOT_BYTES) return NULL;
  *(size_t *)(boot + at) = size;
  return boot + at + 16;
}

static bool is_boot(const void *ptr) {
  return (const char *)ptr >= boot && (const char *)ptr < boot + BOOT_BYTES;
}

static void *boot_move(void *ptr, size_t size) {
  size_t old = *(size_t *)((char *)ptr - 16);
  void *moved = malloc(size);
  if (moved) memcpy(moved, ptr, old < size ? old : size);
  return moved;
}

bool resolve(void) {
  if (real.malloc) return true;
  if (resolving) return false;
  resolving = true;
  real.calloc = dlsym(RTLD_NEXT, "calloc");
  real.realloc = dlsym(RTLD_NEXT, "realloc");
  real.free = dlsym(RTLD_NEXT, "free");
  real.posix_memalign = dlsym(RTLD_NEXT, "posix_memalign");
  real.aligned_alloc = dlsym(RTLD_NEXT, "aligned_alloc");
  real.memalign = dlsym(RTLD_NEXT, "memalign");
  real.valloc = dlsym(RTLD_NEXT, "valloc");
  real.pvalloc = dlsym(RTLD_NEXT, "pvalloc");
  real.malloc_usable_size = dlsym(RTLD_NEXT, "malloc_usable_size");
  real.malloc = dlsym(RTLD_NEXT, "malloc");
  resolving = false;
  return true;
}

// -- memory that the allocator gives back to the system: something else may be there later

static uintptr_t page_above(uintptr_t address) {
  return (address + PAGE - 1) & ~(uintptr_t)(PAGE - 1);
}

// The bytes that are the block's, of one that may lie on pages of its own. 0: never mind.
static size_t whole_pages(void *ptr) {
  if (!has_marks() || !ptr || !real.malloc_usable_size) return 0;
  mark(PAUSE);
  size_t bytes = real.malloc_usable_size(ptr);
  mark(RESUME);
  return bytes < PAGE ? 0 : bytes;
}

// What was [start, end) of a block is no longer: says so if it has no memory.
static void unmapped(uintptr_t start, uintptr_t end) {
  uintptr_t page = page_above(start);
  if (page + PAGE > end) return;
  int saved = errno;
  unsigned char unused;
  mark(PAUSE);
  bool gone = mincore((void *)page, PAGE, &unused) && errno == ENOMEM;
  mark(RESUME);
  errno = saved;
  if (!gone) return;
  lock();
  event(UNMAP, (void *)start, 0, end - start, 0);
  unlock();
}

// -- what the program calls

// Calls the allocator for a block, and says that it was made, or failed.
#define MAKE(kind, other, size, call)                                  \
  if (!enter()) return call;                                           \
  inside(true);                                                        \
  return made(kind, call, other, size, CALLER);

static void *made(uint32_t kind, void *ptr, uint64_t other, uint64_t size, uintptr_t ip) {
  ip = caller(ip);
  lock();
  if (ptr) event(kind, ptr, other, size, ip);
  else failed();
  unlock();
  inside(false);
  leave();
  return ptr;
}

EXPORT void *malloc(size_t size) {
  if (!resolve()) return boot_alloc(size);
  MAKE(MALLOC, 0, size, real.malloc(size))
}

EXPORT void *calloc(size_t count, size_t size) {
  if (!resolve()) return boot_alloc(count * size);
  MAKE(CALLOC, count, size, real.calloc(count, size))
}

// Recorded before the block is given back, for then another thread may get it.
EXPORT void free(void *ptr) {
  if (!ptr || is_boot(ptr) || !resolve()) return;
  if (!enter()) {
    real.free(ptr);
    return;
  }
  uintptr_t ip = caller(CALLER);
  lock();
  event(FREE, ptr, 0, 0, ip);
  unlock();
  inside(true);
  size_t bytes = whole_pages(ptr);
  real.free(ptr);
  if (bytes) unmapped((uintptr_t)ptr, (uintptr_t)ptr + bytes);
  inside(false);
  leave();
}

// Gives a block back and takes one: nobody may record in between.
static void *resized(void *ptr, size_t size, uintptr_t ip) {
  if (!enter()) return real.realloc(ptr, size);
  ip = caller(ip);
  lock();
  inside(true);
  size_t bytes = whole_pages(ptr);
  void *moved = real.realloc(ptr, size);
  if (moved) event(REALLOC, moved, (uint64_t)(uintptr_t)ptr, size, ip);
  else if (size == 0) event(FREE, ptr, 0, 0, ip);
  else failed();
  unlock();
  uintptr_t start = (uintptr_t)ptr;
  if (bytes && (moved || size == 0)) unmapped(moved == ptr ? start + size : start, start + bytes);
  inside(false);
  leave();
  return moved;
}

EXPORT void *realloc(void *ptr, size_t size) {
  if (is_boot(ptr)) return boot_move(ptr, size);
  if (!resolve()) return boot_alloc(size);
  if (ptr) return resized(ptr, size, CALLER);
  MAKE(MALLOC, 0, size, real.realloc(NULL, size))
}

EXPORT void *reallocarray(void *ptr, size_t count, size_t size) {
  size_t bytes;
  if (__builtin_mul_overflow(count, size, &bytes)) {
    errno = ENOMEM;
    MAKE(MALLOC, 0, 0, NULL)
  }
  if (is_boot(ptr)) return boot_move(ptr, bytes);
  if (!resolve()) return boot_alloc(bytes);
  if (ptr) return resized(ptr, bytes, CALLER);
  MAKE(MALLOC, 0, bytes, real.realloc(NULL, bytes))
}

EXPORT int posix_memalign(void **ptr, size_t alignment, size_t size) {
  if (!resolve()) return ENOMEM;
  if (!enter()) return real.posix_memalign(ptr, alignment, size);
  inside(true);
  int error = real.posix_memalign(ptr, alignment, size);
  made(ALIGNED, error ? NULL : *ptr, alignment, size, CALLER);
  return error;
}

EXPORT void *aligned_alloc(size_t alignment, size_t size) {
  if (!resolve()) return NULL;
  MAKE(ALIGNED, alignment, size, real.aligned_alloc(alignment, size))
}

EXPORT void *memalign(size_t alignment, size_t size) {
  if (!resolve()) return NULL;
  MAKE(ALIGNED, alignment, size, real.memalign(alignment, size))
}

EXPORT void *valloc(size_t size) {
  if (!resolve()) return NULL;
  MAKE(ALIGNED, (uint64_t)sysconf(_SC_PAGESIZE), size, real.valloc(size))
}

EXPORT void *pvalloc(size_t size) {
  if (!resolve()) return NULL;
  uint64_t unit = (uint64_t)sysconf(_SC_PAGESIZE);
  MAKE(ALIGNED, unit, (size + unit - 1) / unit * unit, real.pvalloc(size))
}

// Functions that look into the allocator's headers and lists.

#define LOOK(result, name, parameters, arguments)                      \
  EXPORT result name parameters {                                      \
    static result(*next) parameters;                                   \
    bool told = enter();                                               \
    if (told) mark(PAUSE);                                             \
    if (!next) next = (result(*) parameters)dlsym(RTLD_NEXT, #name);   \
    if (told) mark(RESUME), inside(true);                              \
    result answer = next arguments;                                    \
    if (told) inside(false), leave();                                  \
    return answer;                                                     \
  }

LOOK(size_t, malloc_usable_size, (void *ptr), (ptr))
#ifdef __GLIBC__
LOOK(int, malloc_trim, (size_t pad), (pad))
LOOK(int, mallopt, (int what, int value), (what, value))
LOOK(struct mallinfo, mallinfo, (void), ())
#if __GLIBC_PREREQ(2, 33)
LOOK(struct mallinfo2, mallinfo2, (void), ())
#endif
#endif
