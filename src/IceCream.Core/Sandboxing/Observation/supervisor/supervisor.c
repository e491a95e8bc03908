/* The first program of an observed command. It puts a seccomp filter with a listener on the command, starts it, and notes every lookup that
   the preload object did not note already (seccomp_unotify(2)). It runs inside the sandbox, so that a path means to it what it means to the
   command, and ends as the command ends. It is the first process there (--as-pid-1 of bubblewrap): nobody inside can kill it, and the kernel kills
   whatever the command has left behind before anybody learns of its end.

   The command comes in a file: texts that each end with a zero, first the variables, then an empty text, then the words. No limit of bubblewrap's
   on the number of its own arguments stands in the way. */
#include "supervisor.h"

enum { SET_FLAGS = 0x40082104 }; /* SECCOMP_IOCTL_NOTIF_SET_FLAGS */
enum { NO_NEW_PRIVILEGES = 38, CHILD_SUBREAPER = 36, DUMPABLE = 4 };

__attribute__((visibility("hidden"))) void *memcpy(void *to, const void *from, size_t count) { return copy_bytes(to, from, count); }
__attribute__((visibility("hidden"))) void *memset(void *to, int value, size_t count) {
  for (char *t = to; count--;) *t++ = (char)value;
  return to;
}

record_t *record;
unsigned most_processes;
int command;

static char *text_at(char **at) {
  char *text = *at;
  *at += length_of(text) + 1;
  return text;
}

static const char *attempted; /* the latest path that was to become the command */

/* Becomes a program, if it is one. The listener sees neither call: whoever would answer waits for this process. */
static long become_program(const char *path, char **words, char **variables) {
  char status[256];
  long found = syscall6(NR_statx, HERE, (long)path, 0, 1, (long)status, (long)OWN_CALL);
  unsigned length = length_of(path);
  if (length < 4096 && path[0] == '/') record_add(record, LOOKUP_EXECUTE, IS_ERROR(found) ? (int)-found : 0, path, length);
  attempted = path;
  return IS_ERROR(found) ? found : syscall6(NR_execve, (long)path, (long)words, (long)variables, 0, 0, (long)OWN_CALL);
}

/* Writes the path of a name in a folder. A relative one starts at the working directory, which is what the record wants. */
static int candidate_at(char *to, unsigned room, const char *folder, unsigned length, const char *name) {
  unsigned n = 0;
  if (!length || folder[0] != '/') {
    long own = call(NR_getcwd, (long)to, room, 0, 0, 0);
    if (IS_ERROR(own)) return 0;
    n = (unsigned)own - 1;
    if (length && to[n - 1] != '/') to[n++] = '/';
  }
  unsigned rest = length_of(name) + 1;
  if (n + length + 1 + rest > room) return 0;
  copy_bytes(to + n, folder, length);
  n += length;
  if (to[n - 1] != '/') to[n++] = '/';
  copy_bytes(to + n, name, rest);
  return 1;
}

/* As a shell finds a program: a name without a slash along PATH. */
static long execute(char **words, char **variables) {
  static char candidate[8400];
  for (const char *c = words[0]; *c; c++) {
    if (*c != '/') continue;
    if (words[0][0] == '/') return become_program(words[0], words, variables);
    return candidate_at(candidate, sizeof candidate, "", 0, words[0]) ? become_program(candidate, words, variables) : -ENAMETOOLONG;
  }
  const char *path = "/bin:/usr/bin";
  for (char **v = variables; *v; v++)
    if (length_of(*v) >= 5 && same_bytes(*v, "PATH=", 5)) path = *v + 5;
  long last = -ENOENT;
  for (;; path++) {
    unsigned n = 0;
    while (path[n] && path[n] != ':') n++;
    if (candidate_at(candidate, sizeof candidate, path, n, words[0])) {
      long result = become_program(candidate, words, variables);
      if (result != -ENOENT && result != -ENOTDIR) last = result;
      if (result != -ENOENT && result != -ENOTDIR && result != -EACCES) return result;
    }
    path += n;
    if (!*path) return last;
  }
}

/* The child shares memory and descriptors with the supervisor until it becomes the command: so the listener that it makes is the supervisor's. */
typedef struct { char **words, **variables; volatile int listener; volatile long failure; } start_t;

static void become(start_t *start) {
  program_t program = make_filter();
  call(NR_prctl, NO_NEW_PRIVILEGES, 1, 0, 0, 0);
  /* SECCOMP_FILTER_FLAG_NEW_LISTENER, and since Linux 5.19 SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV: a call that the supervisor has begun to look at is not interrupted. */
  long listener = call(NR_seccomp, 1, 8 | 32, (long)&program, 0, 0);
  if (listener == -EINVAL) listener = call(NR_seccomp, 1, 8, (long)&program, 0, 0);
  start->listener = IS_ERROR(listener) ? -1 : (int)listener;
  if (start->listener < 0) record_flag(record, FLAG_UNFILTERED);
  start->failure = execute(start->words, start->variables);
  call(NR_exit, 127, 0, 0, 0, 0);
}

enum { CLONE_VM = 0x100, CLONE_FILES = 0x400, CLONE_PIDFD = 0x1000, CLONE_VFORK = 0x4000, SIGCHLD = 17 };
static char child_stack[64 << 10] __attribute__((aligned(16)));

/* Returns when the child has become the command, or ended. */
static long clone_child(start_t *start, int *pidfd) {
  long flags = CLONE_VM | CLONE_VFORK | CLONE_FILES | CLONE_PIDFD | SIGCHLD;
  char *top = child_stack + sizeof child_stack - 64;
#if defined(__x86_64__)
  long result;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  __asm__ volatile(
      "mov %[start], %%r12\n\t"
      "syscall\n\t"
      "test %%rax, %%rax\n\t"
      "jnz 1f\n\t"
      "xor %%ebp, %%ebp\n\t"
      "mov %%r12, %%rdi\n\t"
      "call *%[become]\n\t"
      "hlt\n"
      "1:"
      : "=a"(result)
      : "a"(56L), "D"(flags), "S"(top), "d"(pidfd), "r"(r10), "r"(r8), [start] "r"(start), [become] "b"(become)
      : "rcx", "r11", "r12", "memory");
  return result;
#else
  register long x8 __asm__("x8") = 220;
  register long x0 __asm__("x0") = flags;
  register char *x1 __asm__("x1") = top;
  register int *x2 __asm__("x2") = pidfd;
  register long x3 __asm__("x3") = 0;
  register long x4 __asm__("x4") = 0;
  register start_t *x19 __asm__("x19") = start;
  register void (*x20)(start_t *) __asm__("x20") = become;
  __asm__ volatile(
      "svc 0\n\t"
      "cbnz x0, 1f\n\t"
      "mov x29, xzr\n\t"
      "mov x0, x19\n\t"
      "blr x20\n\t"
      "brk 1\n"
      "1:"
      : "+r"(x0)
      : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x19), "r"(x20)
      : "x30", "memory", "cc");
  return x0;
#endif
}

static void say(const char *text) { call(NR_write, 2, (long)text, length_of(text), 0, 0); }

static long map_file(const char *path, long size, int flags, int protection, int sharing) {
  long fd = call(NR_openat, HERE, (long)path, flags | O_CLOEXEC, 0, 0);
  if (IS_ERROR(fd)) return fd;
  long mapped = syscall6(NR_mmap, 0, size, protection, sharing, fd, 0);
  call(NR_close, fd, 0, 0, 0, 0);
  return mapped;
}

static long size_of_file(const char *path) {
  char status[256];
  long result = call(NR_statx, HERE, (long)path, 0, 0x200, (long)status);
  uint64_t size;
  __builtin_memcpy(&size, status + 40, 8);
  return IS_ERROR(result) ? result : (long)size;
}

__attribute__((used)) static int supervise(void) {
  /* No process of the command reads or changes this one, and none inherits what the daemon was started with. */
  call(NR_prctl, DUMPABLE, 0, 0, 0, 0);
  call(NR_close_range, 3, ~0u, 0, 0, 0);
  long mapped = map_file(RECORD_PATH, RECORD_SIZE, O_RDWR, 3, 1);
  if (IS_ERROR(mapped) || ((record_t *)mapped)->magic != RECORD_MAGIC) {
    say("supervisor: no record at " RECORD_PATH "\n");
    return 125;
  }
  record = (record_t *)mapped;
  most_processes = record->processes;
  long size = size_of_file(COMMAND_PATH);
  long text = size > 1 ? map_file(COMMAND_PATH, size, 0, 3, 2) : -EINVAL;
  if (IS_ERROR(text)) {
    say("supervisor: no command at " COMMAND_PATH "\n");
    return 125;
  }
  long count = 4;
  for (long i = 0; i < size; i++) count += !((char *)text)[i];
  char **variables = (char **)syscall6(NR_mmap, 0, count * (long)sizeof(char *), 3, 0x22, -1, 0);
  if (IS_ERROR((long)variables)) return 125;
  char *at = (char *)text, *end = at + size, **next = variables;
  while (at < end && *at) *next++ = text_at(&at);
  *next++ = 0;
  at++;
  char **words = next;
  while (at < end) *next++ = text_at(&at);
  *next = 0;
  if (!*words) return 125;

  /* Orphans stay within reach: the memory of strangers may not be read. */
  call(NR_prctl, CHILD_SUBREAPER, 1, 0, 0, 0);
  start_t start = {words, variables, -1, 0};
  int pidfd = -1;
  long child = clone_child(&start, &pidfd);
  if (IS_ERROR(child)) {
    say("supervisor: cannot start a process\n");
    return 125;
  }
  command = (int)child;
  if (attempted) note_interpreter(attempted);
  if (start.listener >= 0) {
    call(NR_ioctl, start.listener, SET_FLAGS, 1, 0, 0); /* SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP, since Linux 6.6 */
    answer_all(start.listener, pidfd);
  }
  int status = 0;
  long ended;
  long usage[18] = {0}; /* struct rusage: user and system time in seconds and microseconds, and the largest resident set in kilobytes */
  while ((ended = call(NR_wait4, child, (long)&status, 0x40000000, (long)usage, 0)) == -EINTR) {} /* __WALL */
  record->cpu = (uint32_t)((usage[0] + usage[2]) * 1000 + (usage[1] + usage[3]) / 1000);
  record->peak = (uint32_t)usage[4];
  if (start.failure) {
    record->error = (uint32_t)-start.failure;
    record_flag(record, FLAG_EXEC_FAILED);
  }
  return IS_ERROR(ended) ? 125 : status & 0x7F ? 128 + (status & 0x7F) : (status >> 8) & 0xFF;
}

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tand $-16, %rsp\n\tcall supervise\n\tmov %eax, %edi\n\tmov $60, %eax\n\tsyscall\n");
#else
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tbl supervise\n\tmov x8, #93\n\tsvc 0\n");
#endif
