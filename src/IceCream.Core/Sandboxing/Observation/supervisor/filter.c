/* Which calls of a command are told to the supervisor: the table of calls that look for something, and the seccomp filter made of it. */
#include "supervisor.h"

enum { ALLOW = 0x7fff0000, NOTIFY = 0x7fc00000, REFUSE = 0x50000 | EPERM };

static const lookup_t lookups[] = {
#if defined(__x86_64__)
  {NR_open, 0, 'O', 2}, {NR_getdents, 0, LOOKUP_LIST, 0}, {NR_creat, 0, LOOKUP_WRITE, 0}, {NR_stat, 0, LOOKUP_STAT, 0}, {NR_lstat, 0, LOOKUP_LSTAT, 0}, {NR_access, 0, LOOKUP_ACCESS, 0},
  {NR_readlink, 0, LOOKUP_READLINK, 0}, {NR_unlink, 0, LOOKUP_CHANGE, 0}, {NR_rename, 0, LOOKUP_CHANGE, 0}, {NR_mkdir, 0, LOOKUP_CHANGE, 0},
  {NR_rmdir, 0, LOOKUP_CHANGE, 0}, {NR_link, 0, LOOKUP_CHANGE, 0}, {NR_chmod, 0, LOOKUP_CHANGE, 0}, {NR_chown, 0, LOOKUP_CHANGE, 0},
  {NR_lchown, 0, LOOKUP_CHANGE, 0}, {NR_mknod, 0, LOOKUP_CHANGE, 0}, {NR_utime, 0, LOOKUP_CHANGE, 0}, {NR_utimes, 0, LOOKUP_CHANGE, 0},
#endif
  {NR_getdents64, 0, LOOKUP_LIST, 0}, {NR_openat, 1, 'O', 3}, {NR_openat2, 1, LOOKUP_OPEN, 0}, {NR_newfstatat, 1, LOOKUP_STAT, 4}, {NR_statx, 1, LOOKUP_STAT, 3},
  {NR_faccessat, 1, LOOKUP_ACCESS, 0}, {NR_faccessat2, 1, LOOKUP_ACCESS, 4}, {NR_readlinkat, 1, LOOKUP_READLINK, 0}, {NR_execve, 0, LOOKUP_EXECUTE, 0},
  {NR_execveat, 1, LOOKUP_EXECUTE, 0}, {NR_chdir, 0, LOOKUP_STAT, 0}, {NR_statfs, 0, LOOKUP_STAT, 0}, {NR_getxattr, 0, LOOKUP_STAT, 0},
  {NR_lgetxattr, 0, LOOKUP_LSTAT, 0}, {NR_inotify_add_watch, 1, LOOKUP_STAT, 0}, {NR_truncate, 0, LOOKUP_CHANGE, 0}, {NR_unlinkat, 1, LOOKUP_CHANGE, 0},
  {NR_renameat, 1, LOOKUP_CHANGE, 0}, {NR_renameat2, 1, LOOKUP_CHANGE, 0}, {NR_mkdirat, 1, LOOKUP_CHANGE, 0}, {NR_linkat, 1, LOOKUP_CHANGE, 0},
  {NR_fchmodat, 1, LOOKUP_CHANGE, 0}, {NR_fchownat, 1, LOOKUP_CHANGE, 0}, {NR_mknodat, 1, LOOKUP_CHANGE, 0}, {NR_utimensat, 1, LOOKUP_CHANGE, 0},
  {NR_wait4, 0, WAIT, 0}, {NR_waitid, 0, WAIT, 0}, {NR_clone, 0, START, 0},
#if defined(__x86_64__)
  {NR_fork, 0, START, 0}, {NR_vfork, 0, START, 0},
#endif
};
enum { LOOKUPS = sizeof lookups / sizeof *lookups };

/* Only looked-for paths of unmarked calls come to the listener. The one call that is refused is the supervisor's own means to read what others
   name: the filter that bubblewrap puts on all of them lets it pass. Of a program for another architecture one call that each makes is enough to
   know that it ran: `brk`, which is 45 for i386 and 32-bit Arm. What makes processes is told whatever marks it has: they are counted. */
enum { LOAD = 0x20, JUMP_EQUAL = 0x15, JUMP_ABOVE = 0x35, RETURN = 0x06, FOREIGN_BRK = 45, FOREIGN_FORK = 2, FOREIGN_CLONE = 120, FOREIGN_VFORK = 190, X32 = 0x40000000 };

int is_start(const call_t *call) {
  if (call->arch != AUDIT_ARCH) return call->nr == FOREIGN_FORK || call->nr == FOREIGN_CLONE || call->nr == FOREIGN_VFORK;
  const lookup_t *lookup = lookup_of(call->nr);
  return lookup && lookup->kind == START;
}

const lookup_t *lookup_of(int nr) {
  for (unsigned i = 0; i < LOOKUPS; i++)
    if (lookups[i].nr == nr) return &lookups[i];
  return 0;
}

static instruction_t filter[LOOKUPS + 48];
static int filter_length;
static void emit(uint16_t code, int yes, int no, uint32_t k) { filter[filter_length++] = (instruction_t){code, (uint8_t)yes, (uint8_t)no, k}; }
program_t make_filter(void) {
  enum { NR = 0, ARCH = 4, ARG = 16 };
  emit(LOAD, 0, 0, ARCH);
  emit(JUMP_EQUAL, 7, 0, AUDIT_ARCH);
  emit(LOAD, 0, 0, NR);
  emit(JUMP_EQUAL, 3, 0, FOREIGN_BRK);
  emit(JUMP_EQUAL, 2, 0, FOREIGN_FORK);
  emit(JUMP_EQUAL, 1, 0, FOREIGN_CLONE);
  emit(JUMP_EQUAL, 0, 1, FOREIGN_VFORK);
  emit(RETURN, 0, 0, NOTIFY);
  emit(RETURN, 0, 0, ALLOW);
  emit(LOAD, 0, 0, NR);
  emit(JUMP_ABOVE, 0, 1, X32);
  emit(RETURN, 0, 0, NOTIFY);
  emit(JUMP_EQUAL, 0, 1, NR_process_vm_readv);
  emit(RETURN, 0, 0, REFUSE);
  for (int i = 0; i < LOOKUPS; i++)
    if (lookups[i].kind == START) {
      emit(JUMP_EQUAL, 0, 1, lookups[i].nr);
      emit(RETURN, 0, 0, NOTIFY);
    }
  for (int i = 0; i < LOOKUPS; i++) emit(JUMP_EQUAL, LOOKUPS - i, 0, lookups[i].nr);
  emit(RETURN, 0, 0, ALLOW);
  emit(LOAD, 0, 0, ARG + 8 * 5);
  emit(JUMP_EQUAL, 0, 3, (uint32_t)OWN_CALL);
  emit(LOAD, 0, 0, ARG + 8 * 5 + 4);
  emit(JUMP_EQUAL, 0, 1, (uint32_t)(OWN_CALL >> 32));
  emit(RETURN, 0, 0, ALLOW);
  /* Of an open file, by its descriptor alone: no path. What the pointer leads to is not seen here, so only the flag tells. */
  emit(LOAD, 0, 0, NR);
  emit(JUMP_EQUAL, 0, 3, NR_newfstatat);
  emit(LOAD, 0, 0, ARG + 8 * 3);
  emit(JUMP_EQUAL, 0, 4, EMPTY_PATH);
  emit(RETURN, 0, 0, ALLOW);
  emit(JUMP_EQUAL, 0, 2, NR_statx);
  emit(LOAD, 0, 0, ARG + 8 * 2);
  emit(JUMP_EQUAL, 1, 0, EMPTY_PATH);
  emit(RETURN, 0, 0, NOTIFY);
  emit(RETURN, 0, 0, ALLOW);
  return (program_t){(uint16_t)filter_length, filter};
}
