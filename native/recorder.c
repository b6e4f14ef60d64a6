// Records a program's allocations into a ring that `pagewalk capture` reads. Preloaded into the program; src/capture/ring.ts
// is the reader. C11, 64-bit Linux. Here: the ring, modules, start; allocator.c and callers.c are what the program calls.
//
// The ring is a file in pagewalk's private folder, PID.N.ring (N grows with time), mapped shared: what is in it survives the program. There
// is PID.1.maps too, a copy of /proc/self/maps.
//
//   byte 0     header, see `struct header`
//   byte 4096  cells, 40 bytes each: kind u32, bytes u32, ptr, other, size, ip, a u64 each
//
// `head` counts the cells written, `tail` those read. Where a ring is full, the program goes on in another one; with MAX_SPILLS
// of them unread, or no room for one, it waits, unless its reader is gone.
//
// Under valgrind each event ends in a store to a reserved page. The reader finds that store among the program's accesses and
// puts the event in its place. It leaves out what the code of this library does, whose range is in the header, and
// whatever happens between the stores PAUSE and RESUME (functions of libc that only the recorder needs). What happens between ENTER
// and LEAVE is the allocator's own work. All marks are of the thread that makes them.

#include "recorder.h"

#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { CELLS = 1 << 18, CELLS_AT = 4096, MAX_MODULES = 1024, MAX_SPILLS = 64 };

#define RING_BYTES (CELLS_AT + (off_t)sizeof(struct cell) * CELLS)

static const uint64_t MAGIC = 0x31676e6972775067; // "gPwring1"

struct header {
  _Atomic uint64_t magic; // written last
  uint64_t cells, page, text_start, text_end;
  uint64_t parent; // the process that this one is a fork of; 0 where a program has begun
  uint64_t continues; // another ring of the same program
  _Alignas(64) _Atomic uint64_t head;
  _Alignas(64) _Atomic uint64_t tail;
  _Alignas(64) _Atomic uint64_t failed; // allocations that gave NULL
  _Atomic uint64_t lost;                // events that found no reader
  char program[2048];                   // its path, there before the first event
};

struct cell {
  uint32_t kind, bytes;
  uint64_t ptr, other, size, ip;
};

// On a page that a fork clears: a child begins anew.
struct state {
  atomic_bool locked;
  bool armed;
};

struct module {
  uintptr_t start, end;
};

// What the environment asked for, and what came of it.
static char folder[512];
static pid_t reader;
static bool with_children, under_valgrind;
static atomic_bool starting, off;

static struct state *state;
static struct header *ring;
static struct cell *cells;
// Rings before this one, which may still be read.
static struct header *spilled[MAX_SPILLS];
static unsigned spills;
static volatile uint64_t *marks;

static struct module modules[MAX_MODULES];
static atomic_uint module_count;
static unsigned long long module_changes;
static struct module text; // the recorder's own code

// The thread is in the recorder: what it allocates is none of the program's.
static THREAD bool busy;
THREAD uintptr_t site, through;
// The thread is known to the key whose destructor sees its end; it has come to it.
static THREAD bool watched, ending;

// -- the ring

void mark(int what) {
  if (marks) marks[what] = 1;
}

bool has_marks(void) {
  return marks;
}

void lock(void) {
  for (unsigned tries = 1; atomic_exchange_explicit(&state->locked, true, memory_order_acquire); tries++) {
    if (tries % 64 == 0) sched_yield();
  }
}

void unlock(void) {
  atomic_store_explicit(&state->locked, false, memory_order_release);
}

static bool open_ring(bool continues);

static bool is_read(struct header *ring) {
  return ring->head == atomic_load_explicit(&ring->tail, memory_order_acquire);
}

// Goes on in a new ring.
static bool spill(void) {
  struct header **slot = &spilled[spills % MAX_SPILLS];
  if (*slot && !is_read(*slot)) return false;
  struct header *full = ring;
  if (!open_ring(true)) return false;
  if (*slot) munmap(*slot, RING_BYTES);
  *slot = full;
  spills++;
  return true;
}

static bool fits(uint64_t count) {
  return ring->head + count - atomic_load_explicit(&ring->tail, memory_order_acquire) <= CELLS;
}

// Makes room, or waits until the reader has. False: nobody reads.
static bool has_room(uint64_t count) {
  if (off) return false;
  if (fits(count)) return true;
  int saved = errno;
  mark(PAUSE);
  bool room = spill();
  for (unsigned tries = 1; !room; tries++) {
    nanosleep(&(struct timespec){0, 200000}, NULL);
    room = fits(count) || (tries % 64 == 0 && spill());
    if (!room && tries % 256 == 0 && kill(reader, 0) && errno == ESRCH) break;
  }
  mark(RESUME);
  errno = saved;
  if (room) return true;
  atomic_fetch_add(&ring->lost, 1);
  off = true;
  return false;
}

// There is room.
static void put(const struct cell *cell) {
  uint64_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
  cells[head % CELLS] = *cell;
  atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

// -- modules, so that a caller's address can be told as a place in a file

static void put_module(uintptr_t base, uintptr_t start, uintptr_t end, const char *path) {
  size_t length = strlen(path);
  if (!has_room(1 + (length + sizeof(struct cell) - 1) / sizeof(struct cell))) return;
  struct cell cell = {MODULE, (uint32_t)length, base, start, end, 0};
  put(&cell);
  for (size_t at = 0; at < length; at += sizeof cell) {
    memset(&cell, 0, sizeof cell);
    memcpy(&cell, path + at, length - at < sizeof cell ? length - at : sizeof cell);
    put(&cell);
  }
}

static bool known(uintptr_t ip) {
  static atomic_uint recent;
  unsigned count = atomic_load_explicit(&module_count, memory_order_acquire);
  unsigned last = atomic_load_explicit(&recent, memory_order_relaxed);
  if (last < count && ip >= modules[last].start && ip < modules[last].end) return true;
  for (unsigned i = 0; i < count; i++) {
    if (ip < modules[i].start || ip >= modules[i].end) continue;
    atomic_store_explicit(&recent, i, memory_order_relaxed);
    return true;
  }
  return false;
}

// The file mapped at an address, by /proc/self/maps: under valgrind, /proc/self/exe of a script is the script. Allocates
// nothing.
static void file_at(uintptr_t address, char *path, size_t room) {
  static char text[1 << 16];
  size_t length = 0;
  int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  for (ssize_t more = 1; maps >= 0 && more > 0 && length < sizeof text - 1; length += more > 0 ? (size_t)more : 0) {
    more = read(maps, text + length, sizeof text - 1 - length);
  }
  if (maps >= 0) close(maps);
  text[length] = 0;
  *path = 0;
  for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
    unsigned long from, to;
    int name = 0;
    *end = 0;
    if (sscanf(line, "%lx-%lx %*s %*s %*s %*s %n", &from, &to, &name) < 2 || !name) continue;
    if (address < from || address >= to) continue;
    snprintf(path, room, "%s", line + name);
    return;
  }
}

static int see_module(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  if (info->dlpi_adds == module_changes) return 1;
  *(unsigned long long *)data = info->dlpi_adds;
  uintptr_t start = UINTPTR_MAX, end = 0;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    if (part->p_type != PT_LOAD) continue;
    uintptr_t from = info->dlpi_addr + part->p_vaddr;
    if (from < start) start = from;
    if (from + part->p_memsz > end) end = from + part->p_memsz;
  }
  unsigned count = module_count;
  if (start >= end || known(start) || count == MAX_MODULES) return 0;
  // The first is the program, which has no name here.
  if (count == 0) file_at(start, ring->program, sizeof ring->program);
  const char *name = count == 0 ? ring->program : info->dlpi_name;
  lock();
  put_module(info->dlpi_addr, start, end, name ? name : "");
  unlock();
  modules[count] = (struct module){start, end};
  atomic_store_explicit(&module_count, count + 1, memory_order_release);
  return 0;
}

// Takes the loader's lock, so ours must be free. The loader's lock keeps others out of `see_module`.
static void find_modules(void) {
  unsigned long long changes = module_changes;
  mark(PAUSE);
  dl_iterate_phdr(see_module, &changes);
  module_changes = changes;
  mark(RESUME);
}

// -- the end of a thread, where libc goes over blocks that it keeps for it: they are free already

#pragma weak pthread_key_create
#pragma weak pthread_setspecific

static pthread_key_t key;
static bool has_key;

// Called anew, up to the last time that there is: so those of the program are before it.
static void thread_ends(void *round) {
  uintptr_t next = (uintptr_t)round + 1;
  if (next <= PTHREAD_DESTRUCTOR_ITERATIONS) {
    pthread_setspecific(key, (void *)next);
    return;
  }
  mark(ENTER);
  ending = true;
}

static void watch_end(void) {
  if (watched || !has_key) return;
  watched = true;
  mark(PAUSE);
  pthread_setspecific(key, (void *)1);
  mark(RESUME);
}

// -- start

static int see_text(struct dl_phdr_info *info, size_t size, void *data) {
  (void)size;
  struct module *found = data;
  uintptr_t here = (uintptr_t)&see_text;
  for (int i = 0; i < info->dlpi_phnum; i++) {
    const ElfW(Phdr) *part = &info->dlpi_phdr[i];
    uintptr_t start = info->dlpi_addr + part->p_vaddr;
    if (part->p_type != PT_LOAD || here < start || here >= start + part->p_memsz) continue;
    *found = (struct module){start, start + part->p_memsz};
    return 1;
  }
  return 0;
}

static bool open_ring(bool continues) {
  char path[600];
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long number = now.tv_sec * 1000000000LL + now.tv_nsec;
  snprintf(path, sizeof path, "%s/%d.%lld.ring", folder, (int)getpid(), number);
  int file = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return false;
  void *map = MAP_FAILED;
  if (posix_fallocate(file, 0, RING_BYTES) == 0) {
    map = mmap(NULL, RING_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  }
  close(file);
  if (map == MAP_FAILED) {
    unlink(path);
    return false;
  }
  ring = map;
  cells = (struct cell *)((char *)map + CELLS_AT);
  ring->cells = CELLS;
  ring->page = (uint64_t)(uintptr_t)marks;
  static pid_t before;
  ring->parent = (uint64_t)before;
  before = getpid();
  ring->continues = continues;
  ring->text_start = text.start;
  ring->text_end = text.end;
  atomic_store_explicit(&ring->magic, MAGIC, memory_order_release);
  return true;
}

static void *page(void) {
  void *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return map == MAP_FAILED ? NULL : map;
}

// What is mapped, into PID.1.maps, for a process that ends before anybody looks at it. The file has its name once it is whole.
static void copy_maps(void) {
  char name[600], path[600], bytes[4096];
  mark(PAUSE);
  snprintf(name, sizeof name, "%s/%d.1.maps", folder, (int)getpid());
  snprintf(path, sizeof path, "%s/%d.1.mapping", folder, (int)getpid());
  int from = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  int to = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ssize_t length;
  while (from >= 0 && to >= 0 && (length = read(from, bytes, sizeof bytes)) > 0) {
    if (write(to, bytes, (size_t)length) != length) break;
  }
  if (from >= 0) close(from);
  if (to >= 0 && close(to) == 0) rename(path, name);
  mark(RESUME);
}

// The first ring of a process; a forked child begins anew.
static bool arm(void) {
  module_count = 0;
  module_changes = 0;
  if (!state) {
    state = page();
    if (under_valgrind) marks = page();
    if (!state || (under_valgrind && !marks)) return false;
    if (madvise(state, PAGE, MADV_WIPEONFORK)) return false;
    has_key = marks && &pthread_key_create && pthread_key_create(&key, thread_ends) == 0;
  }
  for (unsigned i = 0; i < MAX_SPILLS; i++) {
    if (spilled[i]) munmap(spilled[i], RING_BYTES);
    spilled[i] = NULL;
  }
  dl_iterate_phdr(see_text, &text);
  if (!open_ring(false)) return false;
  state->armed = true;
  find_modules();
  copy_maps();
  return true;
}

// Takes the library out of the list of those to preload: what the program starts is not recorded.
static void leave_environment(void) {
  unsetenv("PAGEWALK_RECORD");
  char *list = getenv("LD_PRELOAD");
  Dl_info self;
  if (!list || !dladdr(&ring, &self)) return;
  char *found = strstr(list, self.dli_fname);
  if (!found) return;
  char *next = found + strlen(self.dli_fname);
  if (*next == ':') next++;
  memmove(found, next, strlen(next) + 1);
  if (!*list) unsetenv("LD_PRELOAD");
}

// PAGEWALK_RECORD: FLAGS,PID of the reader,FOLDER. Flags: v under valgrind only, c with children.
static bool begin(void) {
  const char *wish = getenv("PAGEWALK_RECORD");
  char flags[8];
  int pid, at = 0;
  if (!wish || sscanf(wish, "%7[a-z-],%d,%n", flags, &pid, &at) != 2 || !at) return false;
  if (strlen(wish + at) >= sizeof folder) return false;
  strcpy(folder, wish + at);
  reader = pid;
  with_children = strchr(flags, 'c');
  under_valgrind = strchr(flags, 'v');
  const char *preload = getenv("LD_PRELOAD");
  // What starts valgrind is none of the program.
  if (under_valgrind && (!preload || !strstr(preload, "vgpreload"))) return false;
  if (!with_children) leave_environment();
  return arm();
}

extern char **environ;

static void start(void) {
  if (!environ || atomic_exchange(&starting, true)) return;
  int saved = errno;
  busy = true;
  bool forked = state != NULL;
  if (forked ? !with_children || !arm() : !begin()) off = true;
  busy = false;
  errno = saved;
  starting = false;
}

__attribute__((constructor(101))) static void construct(void) {
  if (resolve() && !off && !state) start();
}

__attribute__((destructor)) static void finish(void) {
  if (off || !state || !state->armed) return;
  busy = true;
  copy_maps();
  busy = false;
}

bool enter(void) {
  if (busy || off) return false;
  if (!state || !state->armed) {
    start();
    if (off || !state || !state->armed) return false;
  }
  busy = true;
  watch_end();
  return true;
}

void leave(void) {
  busy = false;
}

void inside(bool is) {
  if (!ending) mark(is ? ENTER : LEAVE);
}

void event(uint32_t kind, const void *ptr, uint64_t other, uint64_t size, uintptr_t ip) {
  struct cell cell = {kind, 0, (uint64_t)(uintptr_t)ptr, other, size, ip};
  if (!has_room(1)) return;
  put(&cell);
  mark(EVENT);
}

void failed(void) {
  atomic_fetch_add(&ring->failed, 1);
}

void forked(int child) {
  if (!with_children || !enter()) return;
  lock();
  event(FORK, (void *)(uintptr_t)child, 0, 0, 0);
  unlock();
  leave();
}

uintptr_t caller(uintptr_t ip) {
  if (site) ip = site;
  else if (through) ip = through;
  site = 0;
  int saved = errno;
  if (!known(ip)) find_modules();
  errno = saved;
  return ip;
}
