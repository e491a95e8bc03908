/* Loaded first into every program of an observed command. It stands in front of the C library's functions that look for files, makes the
   system call itself, and notes path and outcome in the record. What it does not see (the loader, the C library's own calls, programs that are
   linked statically) reaches the kernel without OWN_CALL and so the supervisor.

   It has no C library of its own, since it is loaded into programs of glibc and of musl: system calls are made here, and the few functions that
   it wants are taken from whichever is there. */
#include "preload.h"

/* The compiler may put these in place of loops and copies. */
__attribute__((visibility("hidden"))) void *memcpy(void *to, const void *from, size_t count) { return copy_bytes(to, from, count); }
__attribute__((visibility("hidden"))) void *memset(void *to, int value, size_t count) {
  for (char *t = to; count--;) *t++ = (char)value;
  return to;
}

record_t *record;
static int begun;
static char cwd[4096];
static unsigned cwd_length; /* 0: to be asked for */
static int moved;

__attribute__((constructor)) void begin(void) {
  if (begun) return;
  begun = 1;
  long fd = unseen(NR_openat, HERE, (long)RECORD_PATH, O_RDWR | O_CLOEXEC, 0, 0);
  if (IS_ERROR(fd)) return;
  long mapped = syscall6(NR_mmap, 0, RECORD_SIZE, 3, 1, fd, 0);
  plain(NR_close, fd, 0, 0, 0, 0);
  if (IS_ERROR(mapped) || ((record_t *)mapped)->magic != RECORD_MAGIC) return;
  record = (record_t *)mapped;
  record_flag(record, FLAG_PRELOADED);
}

void working_directory_moves(void) { moved = 1; }

static unsigned folder_of(char *to, int dirfd) {
  if (dirfd == (int)HERE) {
    if (moved) {
      long n = plain(NR_getcwd, (long)to, 4096, 0, 0, 0);
      return n > 1 && to[0] == '/' ? (unsigned)n - 1 : 0;
    }
    if (!cwd_length) {
      long n = plain(NR_getcwd, (long)cwd, sizeof cwd, 0, 0, 0);
      cwd_length = n > 1 && cwd[0] == '/' ? (unsigned)n - 1 : 0;
    }
    copy_bytes(to, cwd, cwd_length);
    return cwd_length;
  }
  char name[32] = "/proc/self/fd/";
  append_number(name, 14, (unsigned)dirfd);
  long n = unseen(NR_readlinkat, HERE, (long)name, (long)to, 4095, 0);
  return IS_ERROR(n) ? 0 : (unsigned)n;
}

const char *from_root(char whole[8200], int dirfd, const char *path, unsigned *length) {
  if (!record || !path || !*path) return 0;
  *length = length_of(path);
  /* Longer than a path may be: the kernel says the same on every machine. */
  if (*length > 4095) return 0;
  if (path[0] == '/') return path;
  unsigned at = folder_of(whole, dirfd);
  if (!at) {
    record_flag(record, FLAG_UNREADABLE);
    return 0;
  }
  if (whole[at - 1] != '/') whole[at++] = '/';
  copy_bytes(whole + at, path, *length);
  *length += at;
  return whole;
}

void note(int kind, int dirfd, const char *path, long result) {
  char whole[8200];
  unsigned length;
  int outcome = IS_ERROR(result) ? (int)-result : 0;
  path = from_root(whole, dirfd, path, &length);
  if (path) record_add(record, kind, outcome > 255 ? 255 : outcome, path, length);
}
