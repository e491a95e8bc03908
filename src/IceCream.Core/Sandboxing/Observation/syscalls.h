/* The kernel without a C library: the preload object lives in programs of any C library, the supervisor has none.
   Numbers and registers: asm/unistd_64.h and the System V ABI for x86-64; asm-generic/unistd.h for arm64. */
#ifndef ICECREAM_SYSCALLS_H
#define ICECREAM_SYSCALLS_H

#if defined(__x86_64__)
#define AUDIT_ARCH 0xC000003Eu
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
enum {
  NR_read = 0, NR_write = 1, NR_open = 2, NR_close = 3, NR_stat = 4, NR_lstat = 6, NR_poll = 7, NR_lseek = 8, NR_mmap = 9, NR_munmap = 11, NR_ioctl = 16, NR_pread64 = 17,
  NR_access = 21, NR_madvise = 28, NR_execve = 59, NR_exit = 60, NR_wait4 = 61, NR_truncate = 76, NR_getcwd = 79, NR_chdir = 80, NR_fchdir = 81,
  NR_rename = 82, NR_mkdir = 83, NR_rmdir = 84, NR_creat = 85, NR_link = 86, NR_unlink = 87, NR_symlink = 88, NR_readlink = 89, NR_chmod = 90,
  NR_chown = 92, NR_lchown = 94, NR_utime = 132, NR_mknod = 133, NR_statfs = 137, NR_prctl = 157, NR_getdents = 78, NR_getxattr = 191, NR_getdents64 = 217, NR_brk = 12, NR_lgetxattr = 192,
  NR_utimes = 235, NR_waitid = 247, NR_inotify_add_watch = 254, NR_openat = 257, NR_mkdirat = 258, NR_mknodat = 259, NR_fchownat = 260,
  NR_newfstatat = 262, NR_unlinkat = 263, NR_renameat = 264, NR_linkat = 265, NR_symlinkat = 266, NR_readlinkat = 267, NR_fchmodat = 268,
  NR_faccessat = 269, NR_ppoll = 271, NR_utimensat = 280, NR_process_vm_readv = 310, NR_renameat2 = 316, NR_seccomp = 317, NR_execveat = 322,
  NR_statx = 332, NR_openat2 = 437, NR_faccessat2 = 439, NR_close_range = 436, NR_clone = 56, NR_fork = 57, NR_vfork = 58,
};
#elif defined(__aarch64__)
#define AUDIT_ARCH 0xC00000B7u
static inline long syscall6(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}
enum {
  NR_getxattr = 8, NR_lgetxattr = 9, NR_getcwd = 17, NR_inotify_add_watch = 27, NR_ioctl = 29, NR_mknodat = 33, NR_mkdirat = 34, NR_unlinkat = 35,
  NR_symlinkat = 36, NR_linkat = 37, NR_renameat = 38, NR_statfs = 43, NR_truncate = 45, NR_faccessat = 48, NR_chdir = 49, NR_fchdir = 50,
  NR_fchmodat = 53, NR_fchownat = 54, NR_openat = 56, NR_close = 57, NR_lseek = 62, NR_read = 63, NR_write = 64, NR_getdents64 = 61, NR_brk = 214, NR_pread64 = 67, NR_ppoll = 73, NR_readlinkat = 78,
  NR_newfstatat = 79, NR_utimensat = 88, NR_exit = 93, NR_waitid = 95, NR_prctl = 167, NR_munmap = 215, NR_execve = 221, NR_mmap = 222,
  NR_madvise = 233, NR_wait4 = 260, NR_process_vm_readv = 270, NR_renameat2 = 276, NR_seccomp = 277, NR_execveat = 281, NR_statx = 291,
  NR_openat2 = 437, NR_faccessat2 = 439, NR_close_range = 436, NR_clone = 220,
};
#else
#error "Lookups are observed on x86-64 and arm64."
#endif

#define HERE (-100L) /* AT_FDCWD */
#define IS_ERROR(result) ((unsigned long)(result) > -4096UL)

enum { EPERM = 1, ENOENT = 2, EINTR = 4, ENOMEM = 12, EACCES = 13, EEXIST = 17, ENOTDIR = 20, EINVAL = 22, ENFILE = 23, EMFILE = 24, EFBIG = 27, ENOSPC = 28, EROFS = 30, EIO = 5,
       EAGAIN = 11, ERANGE = 34, EDQUOT = 122, ENAMETOOLONG = 36 };
enum { O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0100, O_EXCL = 0200, O_TRUNC = 01000, O_APPEND = 02000, O_NONBLOCK = 04000, O_CLOEXEC = 02000000,
#if defined(__aarch64__)
       O_DIRECTORY = 040000,
#else
       O_DIRECTORY = 0200000,
#endif
       O_PATH = 010000000 };
enum { SIGPIPE = 13 };
enum { NO_FOLLOW = 0x100, EMPTY_PATH = 0x1000, EFFECTIVE = 0x200 }; /* AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH, AT_EACCESS */

/* How a path is opened: to be read, or to be written. That the names of a folder are read shows when they are. */
static inline int kind_of_open(long flags) {
  return (flags & 3) || (flags & (O_CREAT | O_TRUNC)) ? LOOKUP_WRITE : (flags & O_PATH) ? LOOKUP_STAT : LOOKUP_OPEN;
}

static inline unsigned length_of(const char *text) {
  unsigned n = 0;
  while (text[n]) n++;
  return n;
}

/* "/proc/self/fd/3" and its kin: writes the number behind what is there, and a zero. */
static inline unsigned append_number(char *to, unsigned at, unsigned value) {
  char digits[12];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count) to[at++] = digits[--count];
  to[at] = 0;
  return at;
}
#endif
