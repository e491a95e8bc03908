/* Functions that look for files and folders. */
#include "preload.h"

extern void *fdopen(int, const char *) WEAK;
extern void *fdopendir(int) WEAK;
extern void *malloc(size_t) WEAK;
extern const char *gnu_get_libc_version(void) WEAK;

static long open_at(int dirfd, const char *path, int flags, int mode) {
  long result = look(NR_openat, dirfd, (long)path, flags, mode, 0);
  note(kind_of_open(flags), dirfd, path, result);
  return result;
}

EXPORT int open(const char *path, int flags, int mode) { return (int)result_of(open_at((int)HERE, path, flags, mode)); }
EXPORT int open64(const char *path, int flags, int mode) { return open(path, flags, mode); }
EXPORT int __open_2(const char *path, int flags) { return open(path, flags, 0); }
EXPORT int __open64_2(const char *path, int flags) { return open(path, flags, 0); }
EXPORT int openat(int dirfd, const char *path, int flags, int mode) { return (int)result_of(open_at(dirfd, path, flags, mode)); }
EXPORT int openat64(int dirfd, const char *path, int flags, int mode) { return openat(dirfd, path, flags, mode); }
EXPORT int __openat_2(int dirfd, const char *path, int flags) { return openat(dirfd, path, flags, 0); }
EXPORT int __openat64_2(int dirfd, const char *path, int flags) { return openat(dirfd, path, flags, 0); }
EXPORT int creat(const char *path, int mode) { return open(path, O_CREAT | O_TRUNC | O_WRONLY, mode); }
EXPORT int creat64(const char *path, int mode) { return creat(path, mode); }

EXPORT void *fopen(const char *path, const char *mode) {
  int flags = *mode == 'r' ? 0 : *mode == 'w' ? O_WRONLY | O_CREAT | O_TRUNC : *mode == 'a' ? O_WRONLY | O_CREAT | O_APPEND : -1;
  if (flags < 0) {
    *__errno_location() = EINVAL;
    return 0;
  }
  for (const char *m = mode + 1; *m && *m != ','; m++)
    flags = *m == '+' ? (flags & ~3) | O_RDWR : *m == 'e' ? flags | O_CLOEXEC : *m == 'x' ? flags | O_EXCL : flags;
  long fd = open_at((int)HERE, path, flags, 0666);
  if (IS_ERROR(fd)) {
    result_of(fd);
    return 0;
  }
  /* glibc's tells at once where the next word will stand. */
  if ((flags & (O_APPEND | 3)) == (O_APPEND | O_WRONLY) && gnu_get_libc_version) plain(NR_lseek, fd, 0, 2, 0, 0);
  void *stream = fdopen((int)fd, mode);
  if (!stream) plain(NR_close, fd, 0, 0, 0, 0);
  return stream;
}
EXPORT void *fopen64(const char *path, const char *mode) { return fopen(path, mode); }

EXPORT void *opendir(const char *path) {
  long fd = open_at((int)HERE, path, O_NONBLOCK | O_DIRECTORY | O_CLOEXEC, 0);
  if (IS_ERROR(fd)) {
    result_of(fd);
    return 0;
  }
  void *folder = fdopendir((int)fd);
  if (!folder) plain(NR_close, fd, 0, 0, 0, 0);
  return folder;
}

static int stat_at(int dirfd, const char *path, void *status, int flags) {
  long result = look(NR_newfstatat, dirfd, (long)path, (long)status, flags, 0);
  note(flags & NO_FOLLOW ? LOOKUP_LSTAT : LOOKUP_STAT, dirfd, path, result);
  return (int)result_of(result);
}
EXPORT int stat(const char *path, void *status) { return stat_at((int)HERE, path, status, 0); }
EXPORT int stat64(const char *path, void *status) { return stat_at((int)HERE, path, status, 0); }
EXPORT int lstat(const char *path, void *status) { return stat_at((int)HERE, path, status, NO_FOLLOW); }
EXPORT int lstat64(const char *path, void *status) { return stat_at((int)HERE, path, status, NO_FOLLOW); }
EXPORT int fstatat(int dirfd, const char *path, void *status, int flags) { return stat_at(dirfd, path, status, flags); }
EXPORT int fstatat64(int dirfd, const char *path, void *status, int flags) { return stat_at(dirfd, path, status, flags); }
EXPORT int __xstat(int version, const char *path, void *status) { return (void)version, stat_at((int)HERE, path, status, 0); }
EXPORT int __xstat64(int version, const char *path, void *status) { return (void)version, stat_at((int)HERE, path, status, 0); }
EXPORT int __lxstat(int version, const char *path, void *status) { return (void)version, stat_at((int)HERE, path, status, NO_FOLLOW); }
EXPORT int __lxstat64(int version, const char *path, void *status) { return (void)version, stat_at((int)HERE, path, status, NO_FOLLOW); }
EXPORT int __fxstatat(int version, int dirfd, const char *path, void *status, int flags) { return (void)version, stat_at(dirfd, path, status, flags); }
EXPORT int __fxstatat64(int version, int dirfd, const char *path, void *status, int flags) { return (void)version, stat_at(dirfd, path, status, flags); }
EXPORT int statx(int dirfd, const char *path, int flags, unsigned mask, void *status) {
  long result = look(NR_statx, dirfd, (long)path, flags, mask, (long)status);
  note(flags & NO_FOLLOW ? LOOKUP_LSTAT : LOOKUP_STAT, dirfd, path, result);
  return (int)result_of(result);
}

static int access_at(int dirfd, const char *path, int mode, int flags) {
  long result = look(flags ? NR_faccessat2 : NR_faccessat, dirfd, (long)path, mode, flags, 0);
  note(LOOKUP_ACCESS, dirfd, path, result);
  return (int)result_of(result);
}
EXPORT int access(const char *path, int mode) { return access_at((int)HERE, path, mode, 0); }
EXPORT int faccessat(int dirfd, const char *path, int mode, int flags) { return access_at(dirfd, path, mode, flags); }
EXPORT int euidaccess(const char *path, int mode) { return access_at((int)HERE, path, mode, EFFECTIVE); }
EXPORT int eaccess(const char *path, int mode) { return access_at((int)HERE, path, mode, EFFECTIVE); }

static long readlink_at(int dirfd, const char *path, char *to, size_t size) {
  long result = look(NR_readlinkat, dirfd, (long)path, (long)to, (long)size, 0);
  note(LOOKUP_READLINK, dirfd, path, result);
  return result_of(result);
}
EXPORT long readlink(const char *path, char *to, size_t size) { return readlink_at((int)HERE, path, to, size); }
EXPORT long readlinkat(int dirfd, const char *path, char *to, size_t size) { return readlink_at(dirfd, path, to, size); }
EXPORT long __readlink_chk(const char *path, char *to, size_t size, size_t room) { return (void)room, readlink(path, to, size); }

/* One call in place of one for each folder on the way: the kernel names the file that it reached. */
EXPORT char *realpath(const char *path, char *to) {
  if (!path || !*path) {
    *__errno_location() = path ? ENOENT : EINVAL;
    return 0;
  }
  long fd = look(NR_openat, HERE, (long)path, O_PATH | O_CLOEXEC, 0, 0);
  note(LOOKUP_STAT, (int)HERE, path, fd);
  if (IS_ERROR(fd)) {
    result_of(fd);
    return 0;
  }
  char name[32] = "/proc/self/fd/", real[4096];
  append_number(name, 14, (unsigned)fd);
  long n = unseen(NR_readlinkat, HERE, (long)name, (long)real, sizeof real - 1, 0);
  plain(NR_close, fd, 0, 0, 0, 0);
  if (IS_ERROR(n)) {
    result_of(n);
    return 0;
  }
  real[n] = 0;
  if (!to && !(to = malloc((size_t)n + 1))) return 0;
  return copy_bytes(to, real, (unsigned long)n + 1);
}
EXPORT char *__realpath_chk(const char *path, char *to, size_t room) { return (void)room, realpath(path, to); }
EXPORT char *canonicalize_file_name(const char *path) { return realpath(path, 0); }

EXPORT int chdir(const char *path) {
  char whole[8200];
  unsigned length;
  begin();
  /* Where a relative path begins is known only before. */
  const char *asked = from_root(whole, (int)HERE, path, &length);
  working_directory_moves();
  long result = look(NR_chdir, (long)path, 0, 0, 0, 0);
  if (asked) record_add(record, LOOKUP_STAT, IS_ERROR(result) ? (int)-result : 0, asked, length);
  return (int)result_of(result);
}
EXPORT int fchdir(int fd) {
  working_directory_moves();
  return (int)result_of(plain(NR_fchdir, fd, 0, 0, 0, 0));
}
