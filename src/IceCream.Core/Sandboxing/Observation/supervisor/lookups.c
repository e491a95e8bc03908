/* Reads out of another process what one of its calls looks for, looks for the same, and notes the outcome. */
#include "supervisor.h"

typedef struct { uint64_t id; uint32_t pid, flags; call_t call; } notification_t;  /* struct seccomp_notif */
typedef struct { uint64_t id; int64_t value; int32_t error; uint32_t flags; } answer_t; /* struct seccomp_notif_resp */
typedef struct { int fd; short events, happened; } poll_t;
typedef struct { const void *base; size_t length; } part_t;

enum { RECEIVE = (int)0xC0502100u, SEND = (int)0xC0182101u }; /* SECCOMP_IOCTL_NOTIF_* */

/* A path in the memory of another process. */
static long read_path(unsigned pid, uint64_t at, char *to) {
  long have = 0;
  while (have < 4096) {
    long room = 4096 - (long)((at + (uint64_t)have) & 4095);
    if (room > 256) room = 256;
    if (room > 4096 - have) room = 4096 - have;
    part_t here = {to + have, (size_t)room}, there = {(void *)(at + (uint64_t)have), (size_t)room};
    long got = syscall6(NR_process_vm_readv, pid, (long)&here, 1, (long)&there, 1, 0);
    if (IS_ERROR(got) || !got) return got ? got : -EIO;
    for (long i = 0; i < got; i++)
      if (!to[have + i]) return have + i;
    have += got;
  }
  return -ENAMETOOLONG;
}

static unsigned append(char *to, unsigned at, const char *text) {
  while (*text) to[at++] = *text++;
  to[at] = 0;
  return at;
}

/* What a call for writing will meet, as far as it can be told before: nothing to write, something that must not be there, or a folder that
   nobody may write in. */
static int outcome_of_write(char *path, unsigned length, long flags) {
  char status[256];
  if ((flags & O_EXCL) && (flags & O_CREAT) && !call(NR_statx, HERE, (long)path, NO_FOLLOW, 1, (long)status)) return EEXIST;
  long result = call(NR_faccessat, HERE, (long)path, 2, 0, 0);
  if (result != -ENOENT || !(flags & O_CREAT)) return IS_ERROR(result) ? (int)-result : 0;
  unsigned slash = length;
  while (slash > 1 && path[slash - 1] != '/') slash--;
  char kept = path[slash];
  path[slash] = 0;
  result = call(NR_faccessat, HERE, (long)path, 2, 0, 0);
  path[slash] = kept;
  return IS_ERROR(result) ? (int)-result : 0;
}

static unsigned field(const unsigned char *at, int bytes) {
  unsigned value = 0;
  for (int i = bytes; i--;) value = value << 8 | at[i];
  return value;
}

/* Where the name of a program's interpreter stands: the loader of an ELF program (elf(5)), or what a script's first line says. */
static long interpreter_of(long fd, char *to, unsigned room) {
  unsigned char head[512], part[56];
  long have = call(NR_pread64, fd, (long)head, sizeof head, 0, 0);
  if (have < 2) return 0;
  if (head[0] == '#' && head[1] == '!') {
    long at = 2, n = 0;
    while (at < have && (head[at] == ' ' || head[at] == '\t')) at++;
    while (at < have && head[at] != ' ' && head[at] != '\t' && head[at] != '\n' && n < (long)room - 1) to[n++] = (char)head[at++];
    to[n] = 0;
    return n;
  }
  if (have < 64 || !same_bytes((char *)head, "\177ELF", 4)) return 0;
  if (head[4] != 2) { /* not of 64 bits */
    record_flag(record, FLAG_FOREIGN);
    return 0;
  }
  unsigned table = field(head + 32, 4), size = field(head + 54, 2), count = field(head + 56, 2);
  for (unsigned i = 0; i < count && i < 64; i++) {
    if (call(NR_pread64, fd, (long)part, sizeof part, (long)table + (long)i * size, 0) < (long)sizeof part) return 0;
    if (field(part, 4) != 3) continue; /* PT_INTERP */
    long n = call(NR_pread64, fd, (long)to, room - 1, field(part + 8, 4), 0);
    if (n <= 0) return 0;
    to[n] = 0;
    return length_of(to);
  }
  return 0;
}

void note_interpreter(const char *path) {
  char name[512], status[256];
  for (int depth = 0; depth < 5; depth++) {
    long fd = call(NR_openat, HERE, (long)path, O_NONBLOCK | O_CLOEXEC, 0, 0); /* A pipe has no interpreter, and would be waited for. */
    if (IS_ERROR(fd)) return;
    long length = interpreter_of(fd, name, sizeof name);
    call(NR_close, fd, 0, 0, 0, 0);
    if (length <= 0) return;
    if (name[0] != '/') {
      record_flag(record, FLAG_UNREADABLE);
      return;
    }
    long found = call(NR_statx, HERE, (long)name, 0, 1, (long)status);
    record_add(record, LOOKUP_EXECUTE, IS_ERROR(found) ? (int)-found : 0, name, (unsigned)length);
    if (IS_ERROR(found)) return;
    path = name;
  }
}

static void see(unsigned pid, const call_t *seen) {
  const lookup_t *lookup = seen->arch == AUDIT_ARCH ? lookup_of(seen->nr) : 0;
  if (!lookup) {
    record_flag(record, FLAG_FOREIGN);
    return;
  }
  if (lookup->kind == WAIT) {
    record_flag(record, FLAG_UNSEEN_END);
    return;
  }
  static char path[4200], whole[8400], at_self[8500], link[64];
  if (lookup->kind == LOOKUP_LIST) {
    append_number(link, append(link, append_number(link, append(link, 0, "/proc/"), pid), "/fd/"), (unsigned)seen->args[0]);
    long n = call(NR_readlinkat, HERE, (long)link, (long)whole, 4096, 0);
    if (!IS_ERROR(n) && whole[0] == '/') record_add(record, LOOKUP_LIST, 0, whole, (unsigned)n);
    else if (n != -ENOENT) record_flag(record, FLAG_UNREADABLE); /* Without such a descriptor the call fails everywhere. */
    return;
  }
  uint64_t at = seen->args[lookup->is_at];
  if (!at) return;
  long length = read_path(pid, at, path);
  if (length == -ENAMETOOLONG || length == 0) return; /* The kernel says the same on every machine, or an open file is meant. */
  if (length < 0) {
    if (length != -14) record_flag(record, FLAG_UNREADABLE); /* -EFAULT: the call fails everywhere. */
    return;
  }
  long flags = lookup->flags ? (long)seen->args[lookup->flags - 1] : 0;
  int kind = lookup->kind == 'O' ? kind_of_open(flags) : lookup->kind;
  if (kind == LOOKUP_STAT && lookup->flags && (flags & NO_FOLLOW)) kind = LOOKUP_LSTAT;
  char *asked = path;
  if (path[0] != '/') {
    unsigned n = append_number(link, append(link, 0, "/proc/"), pid);
    int dirfd = lookup->is_at ? (int)seen->args[0] : (int)HERE;
    if (dirfd == (int)HERE) append(link, n, "/cwd");
    else append_number(link, append(link, n, "/fd/"), (unsigned)dirfd);
    long n2 = call(NR_readlinkat, HERE, (long)link, (long)whole, 4096, 0);
    if (IS_ERROR(n2) || whole[0] != '/') {
      record_flag(record, FLAG_UNREADABLE);
      return;
    }
    if (whole[n2 - 1] != '/') whole[n2++] = '/';
    copy_bytes(whole + n2, path, (unsigned long)length + 1);
    length += n2;
    asked = whole;
  }
  if (kind == LOOKUP_WRITE) {
    long how = lookup->kind == 'O' ? flags : O_CREAT; /* Who makes a file by another call makes it anew. */
    record_add(record, kind | LOOKUP_BELOW, outcome_of_write(asked, (unsigned)length, how), asked, (unsigned)length);
    return;
  }
  /* Of a process itself: not of this one. */
  const char *self = "/proc/self";
  unsigned same = 0;
  while (same < 10 && asked[same] == self[same]) same++;
  char *looked = asked;
  if (same == 10 && (asked[10] == '/' || !asked[10])) {
    append(at_self, append_number(at_self, append(at_self, 0, "/proc/"), pid), asked + 10);
    looked = at_self;
  }
  char status[256];
  int nofollow = kind == LOOKUP_LSTAT || kind == LOOKUP_READLINK || kind == LOOKUP_CHANGE;
  long result = kind == LOOKUP_ACCESS ? call(NR_faccessat, HERE, (long)looked, (long)seen->args[lookup->is_at + 1], 0, 0)
                                      : call(NR_statx, HERE, (long)looked, nofollow ? NO_FOLLOW : 0, 1, (long)status);
  int outcome = IS_ERROR(result) ? (int)-result : 0;
  record_add(record, kind | LOOKUP_BELOW, outcome > 255 ? 255 : outcome, asked, (unsigned)length);
  if (kind == LOOKUP_EXECUTE && !outcome) note_interpreter(looked);
}

/* Whose parent has ended before them come to the first process, which this is, and stay in /proc until it has waited for them. The command itself is waited for at the end. */
static int wait_for_orphans(void) {
  enum { CHANGED = 0x40000000 | 0x1000000 | 4 | 1 }; /* __WALL, WNOWAIT, WEXITED, WNOHANG */
  int gone = 0;
  for (;;) {
    int info[32] = {0}; /* siginfo_t: the fifth word is the process */
    if (IS_ERROR(call(NR_waitid, 0, 0, (long)info, CHANGED, 0)) || !info[4] || info[4] == command) return gone;
    if (IS_ERROR(call(NR_wait4, info[4], 0, 0x40000001, 0, 0))) return gone; /* __WALL, WNOHANG */
    gone = 1;
  }
}

/* The processes are the numbers in /proc, and each has a folder of its threads, whose count of links is two more than they are. */
static int is_full(void) {
  static char names[32 << 10];
  long folder = call(NR_openat, HERE, (long)"/proc", O_DIRECTORY | O_CLOEXEC, 0, 0);
  if (IS_ERROR(folder)) return 0;
  unsigned count = 0;
  long n;
  while (count < most_processes && (n = call(NR_getdents64, folder, (long)names, sizeof names, 0, 0)) > 0) {
    for (long at = 0; at < n; at += (long)field((unsigned char *)names + at + 16, 2)) {
      const char *name = names + at + 19; /* struct linux_dirent64 */
      if (name[0] < '0' || name[0] > '9') continue;
      char path[64], status[256];
      append(path, append(path, append(path, 0, "/proc/"), name), "/task");
      long result = call(NR_statx, HERE, (long)path, 0, 4, (long)status); /* STATX_NLINK */
      unsigned links = IS_ERROR(result) ? 0 : field((unsigned char *)status + 16, 4);
      count += links > 2 ? links - 2 : 1;
    }
  }
  call(NR_close, folder, 0, 0, 0, 0);
  return count >= most_processes;
}

int is_crowded(void) { return most_processes && is_full() && (!wait_for_orphans() || is_full()); }

/* The kernel numbers notifications one by one. A number that never came, or a notification that is gone when it is fetched, is of a call that a signal interrupted before the
   supervisor saw it. Where the program handles that signal without SA_RESTART the call fails with EINTR, which no manual page allows fork or stat to do. */
static void heed_interruption(uint64_t id) {
  static uint64_t next;
  if (next && id != next) record_flag(record, FLAG_INTERRUPTED);
  next = id + 1;
}

void answer_all(int listener, int child) {
  poll_t waiting[2] = {{listener, 1, 0}, {child, 1, 0}};
  for (;;) {
    long n = call(NR_ppoll, (long)waiting, 2, 0, 0, 0);
    if (n == -EINTR) continue;
    if (IS_ERROR(n)) return;
    if (waiting[0].happened & 1) {
      notification_t notification = {0};
      if (IS_ERROR(call(NR_ioctl, listener, RECEIVE, (long)&notification, 0, 0))) {
        record_flag(record, FLAG_INTERRUPTED);
      } else {
        heed_interruption(notification.id);
        record->notified++;
        answer_t answer = {notification.id, 0, 0, 1}; /* SECCOMP_USER_NOTIF_FLAG_CONTINUE */
        if (!is_start(&notification.call) || notification.call.arch != AUDIT_ARCH) see(notification.pid, &notification.call);
        if (is_start(&notification.call) && is_crowded()) {
          record_flag(record, FLAG_CROWDED);
          answer = (answer_t){notification.id, 0, -EAGAIN, 0};
        }
        call(NR_ioctl, listener, SEND, (long)&answer, 0, 0);
      }
    } else if (waiting[0].happened) {
      waiting[0].fd = -1; /* Nobody is left who could ask. */
    }
    /* The command has ended: what it left behind ends with the sandbox. */
    if (waiting[1].happened) return;
  }
}
