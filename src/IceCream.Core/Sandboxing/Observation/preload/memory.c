/* Functions that ask for memory. */
#include "preload.h"

extern void *__sbrk(long) WEAK; /* glibc's sbrk under its other name */

/* Compilers ask where their memory ends when they start, and once more to say that it has run out. */
EXPORT void *sbrk(long more) {
  static int asked;
  if (!more && asked++ && record) record_flag(record, FLAG_SHORT);
  if (__sbrk) return __sbrk(more);
  if (!more) return (void *)plain(NR_brk, 0, 0, 0, 0, 0);
  *__errno_location() = ENOMEM;
  return (void *)-1;
}

/* Huge pages: anonymous private memory of 2 MiB or more that the kernel places is put on a border of 2 MiB and advised. GCC's collector maps its
   memory so. Linux puts such mappings on a border by itself since 6.7; before, it is mapped again with room to choose from. */
EXPORT void *mmap(void *at, size_t size, int protection, int flags, int fd, long offset) {
  const long border = 2l << 20;
  long mapped = syscall6(NR_mmap, (long)at, (long)size, protection, flags, fd, offset);
  if (mapped == -ENOMEM && record && !at && fd == -1) record_flag(record, FLAG_SHORT);
  if (IS_ERROR(mapped)) return (void *)result_of(mapped);
  if (at || protection != 3 || flags != 0x22 || size < (size_t)border || !record || !(record->options & OPTION_HUGE_PAGES)) return (void *)mapped;
  long pages = (long)((size + 4095) & ~4095ul);
  if (mapped & (border - 1)) {
    long room = pages + border - 4096, wide = syscall6(NR_mmap, 0, room, protection, flags, fd, offset);
    if (!IS_ERROR(wide)) {
      plain(NR_munmap, mapped, pages, 0, 0, 0);
      mapped = (wide + border - 1) & -border;
      if (mapped != wide) plain(NR_munmap, wide, mapped - wide, 0, 0, 0);
      long behind = wide + room - (mapped + pages);
      if (behind) plain(NR_munmap, mapped + pages, behind, 0, 0, 0);
    }
  }
  plain(NR_madvise, mapped, pages, 14, 0, 0); /* MADV_HUGEPAGE */
  return (void *)mapped;
}
EXPORT void *mmap64(void *at, size_t size, int protection, int flags, int fd, long offset) { return mmap(at, size, protection, flags, fd, offset); }
