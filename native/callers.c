// Functions that allocate on the program's behalf: the place of what they do is that of their caller.

#include "recorder.h"

#include <stdarg.h>
#include <sys/types.h>

#define NEXT(result, name, parameters)                                 \
  static result(*next) parameters;                                     \
  if (!next) next = (result(*) parameters)dlsym(RTLD_NEXT, #name);

// -- operators new and delete of C++, by their names in the Itanium ABI: they only note their caller, for malloc and free.
// One may go on to another, so the first counts. An event takes the note away, which an exception would leave.

#define NOTED(result, name, parameters, call)                          \
  NEXT(result, name, parameters)                                       \
  bool first = !site;                                                  \
  if (first) site = CALLER;                                            \
  call;                                                                \
  if (first) site = 0;

#define NEW(name, parameters, arguments)                               \
  EXPORT void *name parameters {                                       \
    NOTED(void *, name, parameters, void *ptr = next arguments)        \
    return ptr;                                                        \
  }

#define DELETE(name, parameters, arguments)                            \
  EXPORT void name parameters {                                        \
    NOTED(void, name, parameters, next arguments)                      \
  }

NEW(_Znwm, (size_t size), (size))
NEW(_Znam, (size_t size), (size))
NEW(_ZnwmRKSt9nothrow_t, (size_t size, const void *tag), (size, tag))
NEW(_ZnamRKSt9nothrow_t, (size_t size, const void *tag), (size, tag))
NEW(_ZnwmSt11align_val_t, (size_t size, size_t alignment), (size, alignment))
NEW(_ZnamSt11align_val_t, (size_t size, size_t alignment), (size, alignment))
DELETE(_ZdlPv, (void *ptr), (ptr))
DELETE(_ZdaPv, (void *ptr), (ptr))
DELETE(_ZdlPvm, (void *ptr, size_t size), (ptr, size))
DELETE(_ZdaPvm, (void *ptr, size_t size), (ptr, size))
DELETE(_ZdlPvSt11align_val_t, (void *ptr, size_t alignment), (ptr, alignment))
DELETE(_ZdaPvSt11align_val_t, (void *ptr, size_t alignment), (ptr, alignment))
DELETE(_ZdlPvmSt11align_val_t, (void *ptr, size_t size, size_t alignment), (ptr, size, alignment))
DELETE(_ZdaPvmSt11align_val_t, (void *ptr, size_t size, size_t alignment), (ptr, size, alignment))

// Said by the parent, so that it stands at its place in what that does.
EXPORT pid_t fork(void) {
  NEXT(pid_t, fork, (void))
  pid_t child = next();
  if (child > 0) forked(child);
  return child;
}

// -- functions of libc whose blocks are the caller's to give back, and those that do it. What libc allocates elsewhere is its own.

#define ON_BEHALF(result, name, parameters, arguments)                 \
  EXPORT result name parameters {                                      \
    NEXT(result, name, parameters)                                     \
    uintptr_t outer = through;                                         \
    if (!outer) through = CALLER;                                      \
    result answer = next arguments;                                    \
    through = outer;                                                   \
    return answer;                                                     \
  }

#define PRINTED(next, arguments)                          \
  uintptr_t outer = through;                                           \
  if (!outer) through = CALLER;                                        \
  va_list list;                                                        \
  va_start(list, format);                                              \
  int length = next arguments;                                         \
  va_end(list);                                                        \
  through = outer;                                                     \
  return length;

ON_BEHALF(char *, strdup, (const char *text), (text))
ON_BEHALF(char *, __strdup, (const char *text), (text))
ON_BEHALF(char *, strndup, (const char *text, size_t most), (text, most))
ON_BEHALF(char *, __strndup, (const char *text, size_t most), (text, most))
ON_BEHALF(wchar_t *, wcsdup, (const wchar_t *text), (text))
ON_BEHALF(int, vasprintf, (char **into, const char *format, va_list list), (into, format, list))
ON_BEHALF(int, __vasprintf_chk, (char **into, int flag, const char *format, va_list list), (into, flag, format, list))
ON_BEHALF(ssize_t, getline, (char **line, size_t *room, void *file), (line, room, file))
ON_BEHALF(ssize_t, getdelim, (char **line, size_t *room, int end, void *file), (line, room, end, file))
ON_BEHALF(ssize_t, __getdelim, (char **line, size_t *room, int end, void *file), (line, room, end, file))
ON_BEHALF(char *, realpath, (const char *path, char *into), (path, into))
ON_BEHALF(char *, __realpath_chk, (const char *path, char *into, size_t room), (path, into, room))
ON_BEHALF(char *, canonicalize_file_name, (const char *path), (path))
ON_BEHALF(char *, getcwd, (char *into, size_t room), (into, room))
ON_BEHALF(char *, get_current_dir_name, (void), ())
ON_BEHALF(void *, fopen, (const char *path, const char *mode), (path, mode))
ON_BEHALF(void *, fopen64, (const char *path, const char *mode), (path, mode))
ON_BEHALF(void *, fdopen, (int file, const char *mode), (file, mode))
ON_BEHALF(void *, popen, (const char *command, const char *mode), (command, mode))
ON_BEHALF(void *, open_memstream, (char **into, size_t *bytes), (into, bytes))
ON_BEHALF(int, fclose, (void *file), (file))
ON_BEHALF(int, pclose, (void *file), (file))
ON_BEHALF(void *, opendir, (const char *path), (path))
ON_BEHALF(void *, fdopendir, (int file), (file))
ON_BEHALF(int, closedir, (void *folder), (folder))

EXPORT int asprintf(char **into, const char *format, ...) {
  PRINTED(vasprintf, (into, format, list))
}

EXPORT int __asprintf_chk(char **into, int flag, const char *format, ...) {
  PRINTED(__vasprintf_chk, (into, flag, format, list))
}
