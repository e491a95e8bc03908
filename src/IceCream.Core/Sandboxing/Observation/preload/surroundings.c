/* Functions that tell of what surrounds a program and is no file: its terminal, its children, its variables, the machine's trouble. */
#include "preload.h"

#define GLOBAL_LOCALE ((void *)-1) /* LC_GLOBAL_LOCALE */
#define NEXT_OBJECT ((void *)-1L)  /* RTLD_NEXT */
#define INTERNAL_ERROR 4           /* ICE_EXIT_CODE of GCC */
extern int __fork(void) WEAK;      /* glibc's fork under its other name */
extern void *dlsym(void *, const char *) WEAK;
extern char **environ WEAK;
extern void *uselocale(void *) WEAK;
extern void *duplocale(void *) WEAK;
extern void freelocale(void *) WEAK;
extern char *strerror_l(int, void *) WEAK;
extern char *__strerror_r(int, char *, size_t) WEAK; /* glibc's strerror_r under its other name */
extern const char *gnu_get_libc_version(void) WEAK;

/* Compilers colour their words for a terminal. The words go through a pipe here, and to a terminal at the origin. */
EXPORT int isatty(int fd) {
  begin();
  if (fd == 2 && record && (record->options & OPTION_TERMINAL)) return 1;
  char settings[64];
  return !IS_ERROR(result_of(plain(NR_ioctl, fd, 0x5401, (long)settings, 0, 0))); /* TCGETS */
}

/* A child that a signal ended says nothing of the source: memory ran out, or somebody shot it. SIGPIPE alone tells that its reader ended first. */
static long waited(long result, int status) {
  int signal = status & 0x7F;
  if (record && !IS_ERROR(result) && result > 0) {
    if (signal && signal != 0x7F && signal != SIGPIPE) {
      record->error = (uint32_t)signal;
      record_flag(record, FLAG_KILLED);
    }
    /* GCC's compilers catch the signal of a crash, and end with this code. Their driver then ends with 1, as after an error of the source. */
    if (!signal && status >> 8 == INTERNAL_ERROR) record_flag(record, FLAG_INTERNAL);
  }
  return result_of(result);
}
EXPORT int wait4(int pid, int *status, int options, void *usage) {
  int own = 0;
  long result = look(NR_wait4, pid, (long)&own, options, (long)usage, 0);
  if (status && !IS_ERROR(result)) *status = own;
  return (int)waited(result, own);
}
EXPORT int waitpid(int pid, int *status, int options) { return wait4(pid, status, options, 0); }
EXPORT int wait(int *status) { return wait4(-1, status, 0, 0); }
EXPORT int wait3(int *status, int options, void *usage) { return wait4(-1, status, options, usage); }

/* The supervisor counts processes, so a fork waits for it, and a signal that comes meanwhile ends that wait with EINTR. Without a supervisor fork never fails so, and a shell that
   handles SIGCHLD, such as dash, gives up: the call is made again. */
EXPORT int fork(void) {
  int (*real)(void) = __fork ? __fork : dlsym ? (int (*)(void))dlsym(NEXT_OBJECT, "fork") : 0;
  int result;
  do result = real ? real() : (int)result_of(plain(NR_clone, 17 /* SIGCHLD */, 0, 0, 0, 0));
  while (result < 0 && *__errno_location() == EINTR);
  return result;
}

/* The supervisor is told of each program that is to be executed, and the same holds. */
EXPORT int execve(const char *path, char *const *words, char *const *variables) {
  long result;
  do result = plain(NR_execve, (long)path, (long)words, (long)variables, 0, 0);
  while (result == -EINTR);
  return (int)result_of(result);
}

/* A program that puts such an error into words, in whatever language, speaks of the machine and not of the source. */
static void heed(int error) {
  if (record && (error == ENOSPC || error == EDQUOT || error == ENOMEM || error == EIO || error == EFBIG || error == EMFILE || error == ENFILE || error == EAGAIN || error == EROFS)) {
    record->error = (uint32_t)error;
    record_flag(record, FLAG_TROUBLE);
  }
}
EXPORT char *strerror(int error) {
  heed(error);
  void *locale = uselocale(0);
  if (gnu_get_libc_version || locale != GLOBAL_LOCALE) return strerror_l(error, locale);
  /* musl's takes that for an address. The words outlive the copy. */
  char *words = (locale = duplocale(locale)) ? strerror_l(error, locale) : "Error";
  if (locale) freelocale(locale);
  return words;
}
EXPORT int __xpg_strerror_r(int error, char *to, size_t size) {
  heed(error);
  const char *words = __strerror_r ? __strerror_r(error, to, size) : strerror(error);
  if (words == to) return EINVAL; /* No such error: the words were made. */
  unsigned length = length_of(words);
  if (size) {
    unsigned kept = length < size ? length : (unsigned)size - 1;
    copy_bytes(to, words, kept);
    to[kept] = 0;
  }
  return length < size ? 0 : ERANGE;
}
/* glibc's returns the words, that of every other library what __xpg_strerror_r does. */
EXPORT void *strerror_r(int error, char *to, size_t size) {
  if (!gnu_get_libc_version || !__strerror_r) return (void *)(long)__xpg_strerror_r(error, to, size);
  heed(error);
  return __strerror_r(error, to, size);
}

/* Variables are read in memory, where no filter sees it. A name that a compiler asks for and that it was not given is for the origin to judge. */
EXPORT char *getenv(const char *name) {
  unsigned length = name ? length_of(name) : 0;
  begin();
  if (record && length && length < 256) record_add(record, LOOKUP_VARIABLE, 0, name, length);
  for (char **variable = environ; length && variable && *variable; variable++) {
    unsigned n = 0;
    while (n < length && (*variable)[n] == name[n]) n++;
    if (n == length && (*variable)[n] == '=') return *variable + n + 1;
  }
  return 0;
}
EXPORT char *secure_getenv(const char *name) { return getenv(name); }
