// Programs that the checker is tried on, and what they do wrong.

/** Three leaks and one use after free. */
export const LEAKS = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct node { struct node *next; int value; };
static char *name(const char *text) {
  char *copy = malloc(strlen(text) + 1);
  strcpy(copy, text);
  return copy;
}
static struct node *push(struct node *list, int value) {
  struct node *node = malloc(sizeof *node);
  node->next = list;
  node->value = value;
  return node;
}
int main(void) {
  struct node *list = NULL;
  for (int i = 0; i < 3; i++) list = push(list, i);
  char *who = name("somebody");
  int *numbers = calloc(10, sizeof *numbers);
  printf("%s %d %d\\n", who, list->value, numbers[3]);
  int *sum = malloc(40);
  sum[2] = 7;
  free(sum);
  printf("%d\\n", sum[2]);
  return 0;
}
`;

/** Errors that the allocator survives, by the program itself and by functions of libc. */
export const ERRORS = `#include <stdio.h>
#include <stdlib.h>
#include <string.h>
static volatile long sink;
static void bounds(void) {
  int *a = malloc(9 * sizeof *a);
  for (int i = 0; i <= 9; i++)
    a[i] = i;
  for (int i = 0; i <= 9; i++)
    sink += a[i];
  free(a);
  char *p = malloc(32);
  sink = p[-1];
  free(p);
}
static void strings(void) {
  char *p = malloc(8);
  strcpy(p, "12345678");
  free(p);
  sink = strlen(p);
  char *q = malloc(100);
  strcpy(q, p);
  memcpy(q, p, 8);
  sink = strcmp(q, p);
  printf("%s\\n", p);
  free(q);
}
static void copies(void) {
  char *from = malloc(20);
  char *to = malloc(60);
  memset(from, 1, 20);
  memcpy(to, from, 20);
  memmove(from, to, 24);
  memset(to, 0, 61);
  free(from);
  free(to);
}
static void moved(void) {
  char *p = malloc(20);
  char *q = realloc(p, 100000);
  p[3] = 1;
  q[99999] = 1;
  q = realloc(q, 50);
  sink = q[50];
  free(q);
  sink = q[49];
}
static void vectors(void) {
  char *big = malloc(1 << 20);
  big[1 << 20] = 1;
  free(big);
  double *d = malloc(5 * sizeof *d);
  for (int i = 0; i < 5; i++) d[i] = i;
  for (int i = 0; i < 6; i++)
    sink += d[i];
  free(d);
}
static void aligned(void) {
  char *p = aligned_alloc(64, 128);
  void *q;
  if (posix_memalign(&q, 4096, 100)) return;
  p[130] = 1;
  ((char *)q)[-1] = 1;
  free(p);
  free(q);
}
int main(void) {
  bounds();
  strings();
  copies();
  moved();
  vectors();
  aligned();
  return 0;
}
`;

/** No errors, in which much of libc has a part. All that it allocates it frees. */
export const CLEAN = `#define _GNU_SOURCE
#include <dirent.h>
#include <locale.h>
#include <malloc.h>
#include <netdb.h>
#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <wchar.h>
static long sum;
static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
static void strings(int n) {
  char *p = malloc(n), *q = malloc(n), *r = malloc(2 * n);
  memset(p, 'a', n);
  p[n - 1] = 0;
  if (n > 3) p[n / 2] = 'b';
  strcpy(q, p);
  sum += strlen(p) + strnlen(p, n) + strcmp(p, q) + strncmp(p, q, n) + memcmp(p, q, n) + strcasecmp(p, q);
  sum += (long)strchr(p, 'b') + (long)strrchr(p, 'b') + (long)memchr(p, 'b', n) + (long)memrchr(p, 'b', n);
  sum += strspn(p, "ab") + strcspn(p, "x") + (long)strpbrk(p, "xb") + (long)strstr(p, "ba") + (long)strcasestr(p, "BA");
  sum += (long)rawmemchr(p, 0) + (long)strchrnul(p, 'z') + (long)memmem(p, n, "ba", 2);
  strcpy(r, p);
  strcat(r, q);
  stpcpy(r, p);
  strncpy(r, p, n);
  strncat(r, q, n);
  memmove(p, q, n);
  mempcpy(p, q, n);
  char *d = strdup(p), *e = strndup(p, n / 2);
  free(d);
  free(e);
  free(p);
  free(q);
  free(r);
  wchar_t *w = calloc(n, sizeof *w), *v;
  for (int i = 0; i < n - 1; i++) w[i] = L'a';
  v = wcsdup(w);
  sum += wcslen(w) + (long)wcschr(w, L'b') + (long)wmemchr(w, L'b', n) + wcscmp(w, v) + wmemcmp(w, v, n);
  free(w);
  free(v);
}
static void *thread(void *unused) {
  void *blocks[20];
  for (int i = 0; i < 20; i++) memset(blocks[i] = malloc(10 * i + 1), 1, 10 * i + 1);
  for (int i = 0; i < 20; i++) free(blocks[i]);
  return unused;
}
int main(void) {
  setlocale(LC_ALL, "");
  for (int n = 1; n < 40; n++) strings(n);
  char *list[50], *text = NULL, *line = NULL;
  for (int i = 0; i < 50; i++) if (asprintf(&list[i], "%d %s %g", i * 7919 % 50, "item", i / 3.0) < 0) return 1;
  qsort(list, 50, sizeof *list, compare);
  for (int i = 0; i < 50; i++) puts(list[i]), free(list[i]);
  size_t room = 0;
  FILE *file = fopen("/etc/passwd", "r");
  while (getline(&line, &room, file) > 0) sum += atoi(line + strlen(line) / 2);
  free(line);
  fclose(file);
  file = open_memstream(&text, &room);
  fprintf(file, "%d %5.2f %s\\n", 1, 2.0, "three");
  fclose(file);
  sscanf(text, "%d", &(int){0});
  free(text);
  DIR *folder = opendir("/");
  for (struct dirent *entry; (entry = readdir(folder));) sum += strlen(entry->d_name);
  closedir(folder);
  time_t now = time(NULL);
  char buffer[99];
  strftime(buffer, sizeof buffer, "%c", localtime(&now));
  regex_t regex;
  regcomp(&regex, "(a|b)*x[0-9]+", REG_EXTENDED);
  regexec(&regex, "ababx12", 0, NULL, 0);
  regfree(&regex);
  setenv("ONE", "two", 1);
  unsetenv("ONE");
  free(realpath("/usr/lib/../bin", NULL));
  free(getcwd(NULL, 0));
  struct addrinfo *found;
  if (getaddrinfo("127.0.0.1", "80", NULL, &found) == 0) freeaddrinfo(found);
  // The stacks of threads get the memory that this gave back.
  char *huge = malloc(20 << 20);
  huge[0] = huge[(20 << 20) - 1] = 1;
  sum += malloc_usable_size(huge);
  huge = realloc(huge, 9 << 20);
  free(huge);
  pthread_t threads[3];
  for (int i = 0; i < 3; i++) pthread_create(&threads[i], NULL, thread, NULL);
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  malloc_trim(0);
  return sum == 1;
}
`;

export const NEWS = `#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>
struct Shape {
  virtual ~Shape() {}
  virtual int area() const { return 1; }
};
struct Square : Shape {
  int side = 3;
  int area() const override { return side * side; }
};
int main() {
  std::vector<int> numbers;
  for (int i = 0; i < 1000; i++) numbers.push_back(i);
  std::map<std::string, int> ages;
  ages["somebody with a long name, longer than is kept inside"] = 7;
  auto shared = std::make_shared<Square>();
  try {
    throw std::string("an exception that is long enough to be on the heap");
  } catch (std::string &what) {
    std::cout << what << ages.size() << std::endl;
  }
  int *lost = new int[25]();
  Shape *leaked = new Square;
  Shape *gone = new Square;
  delete gone;
  int side = static_cast<Square *>(gone)->side;
  int *over = new int[9];
  over[9] = side;
  int *element = &numbers[0];
  numbers.resize(100000);
  std::cout << *element + lost[0] + leaked->area() << std::endl;
  delete[] over;
}
`;

/** Frees that the allocator ends the program for. */
export const FREES: Record<string, string> = {
  "double-free": `#include <stdlib.h>
int main(void) {
  char *p = malloc(24);
  free(p);
  free(p);
}
`,
  "invalid-free": `#include <stdlib.h>
int main(void) {
  char *p = malloc(24);
  free(p + 8);
}
`,
};

/** A child that uses what its parent freed, and frees what it got. */
export const CHILD = `#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void) {
  char *kept = malloc(10);
  char *freed = malloc(20);
  free(freed);
  if (fork() == 0) {
    kept[0] = freed[1];
    free(kept);
    _exit(0);
  }
  wait(NULL);
  kept[1] = 1;
  free(kept);
  return 0;
}
`;
