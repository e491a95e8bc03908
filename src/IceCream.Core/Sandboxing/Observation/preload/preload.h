/* What the parts of the preload object share: preload.c opens the record and notes, each other file stands in front of functions of one kind. */
#ifndef ICECREAM_PRELOAD_H
#define ICECREAM_PRELOAD_H
#include "../record.h"
#include "../syscalls.h"

#define EXPORT __attribute__((visibility("default")))
#define WEAK __attribute__((weak))
extern int *__errno_location(void);

/* Null where there is none: the program is not observed, or begin was not called yet. */
extern __attribute__((visibility("hidden"))) record_t *record;

/* Opens the record, once. */
void begin(void);

/* Beginnings of paths that are relative are asked for ever after: the working directory has changed once, perhaps in a child of vfork. */
void working_directory_moves(void);

static inline long plain(long n, long a, long b, long c, long d, long e) { return syscall6(n, a, b, c, d, e, 0); }
static inline long unseen(long n, long a, long b, long c, long d, long e) { return syscall6(n, a, b, c, d, e, (long)OWN_CALL); }

/* A call that will be noted. Without a record it goes to the supervisor as any other. */
static inline long look(long n, long a, long b, long c, long d, long e) {
  begin();
  return record ? unseen(n, a, b, c, d, e) : plain(n, a, b, c, d, e);
}

static inline long result_of(long result) {
  if (!IS_ERROR(result)) return result;
  *__errno_location() = (int)-result;
  return -1;
}

/* The path from the root on: where it stands if it begins there, else written to `whole`. Null where the record cannot hold it. */
const char *from_root(char whole[8200], int dirfd, const char *path, unsigned *length);

void note(int kind, int dirfd, const char *path, long result);
#endif
