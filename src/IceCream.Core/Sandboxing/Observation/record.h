/* What the preload object and the supervisor of one command write and the worker reads: LookupRecord.cs reads the same layout.

   A record is a file that all processes of a command map and share. Whoever adds an entry reserves room at the tail, fills it, and then
   publishes it in a slot of the hash table with one compare-and-swap. A process that is killed in between loses that entry and nothing else;
   a path that was noted before is found in the table, and costs no room. */
#ifndef ICECREAM_RECORD_H
#define ICECREAM_RECORD_H
#include <stddef.h>
#include <stdint.h>

#define RECORD_MAGIC 0x31534b4f4f4c4349ULL /* "ICLOOKS1" */
#define RECORD_SLOTS 65536u
#define RECORD_SIZE (4u << 20)

/* In the sixth argument register of the preload object's own system calls, which use five at most: the filter lets these pass. */
#define OWN_CALL 0x6c6f6f6b65642d75ULL

/* Where the sandbox shows it, and the command to run. */
#define RECORD_PATH "/dev/observation/record"
#define COMMAND_PATH "/dev/observation/command"

enum record_option {
  OPTION_HUGE_PAGES = 1, /* anonymous memory of 2 MiB or more comes in huge pages */
  OPTION_TERMINAL = 2,   /* the standard error is taken for a terminal, as it is where the command was typed */
};

enum record_flag {
  FLAG_FULL = 1,        /* an entry found no room */
  FLAG_UNREADABLE = 2,  /* a path could not be read from the memory of the process that named it */
  FLAG_FOREIGN = 4,     /* a program of another architecture ran, whose calls nobody sees */
  FLAG_KILLED = 8,      /* a signal ended a process of the command */
  FLAG_TROUBLE = 16,    /* a program put the machine's trouble into words: the disk is full, memory is short */
  FLAG_UNFILTERED = 32, /* the kernel refused the filter */
  FLAG_EXEC_FAILED = 64, /* the command itself could not be executed; `error` says why */
  FLAG_PRELOADED = 128, /* the preload object was at work */
  FLAG_SHORT = 512,      /* memory was asked for in vain */
  FLAG_INTERRUPTED = 2048, /* a signal ended the wait of a call for the supervisor, so that it failed as it fails nowhere else */
  FLAG_CROWDED = 1024,  /* a process was refused, for there were as many as may be */
  FLAG_INTERNAL = 4096, /* a program ended as GCC's compilers do after an internal error, which may be this machine's */
  FLAG_UNSEEN_END = 256, /* a program waited for another by a call whose answer nobody sees: a signal may have ended that one */
};

typedef struct {
  uint64_t magic;
  uint32_t tail;    /* bytes of `data` in use */
  uint32_t flags;   /* record_flag */
  uint32_t options; /* record_option, set by the worker */
  uint32_t error;   /* an error number, for FLAG_EXEC_FAILED and FLAG_TROUBLE; the signal for FLAG_KILLED */
  uint32_t notified; /* calls that the supervisor saw */
  uint32_t processes; /* how many processes and threads there may be at a time, set by the worker; 0: no such limit */
  uint32_t cpu;      /* milliseconds on processors, of the command and all of its children that were waited for */
  uint32_t peak;     /* kilobytes of memory that the largest of them held */
  uint32_t spare[6];
  uint32_t slots[RECORD_SLOTS]; /* offset in `data`, plus one */
  uint8_t data[];
} record_t;

#define DATA_SIZE (RECORD_SIZE - (uint32_t)sizeof(record_t))

typedef struct {
  uint32_t hash;
  uint16_t length;
  uint8_t kind;    /* lookup_kind */
  uint8_t outcome; /* 0, or the error number */
  char path[];     /* absolute, as it was asked for; not terminated; the next entry begins at a multiple of four */
} entry_t;

enum lookup_kind {
  LOOKUP_OPEN = 'o',     /* opened for reading */
  LOOKUP_LIST = 'd',     /* the names in a folder read */
  LOOKUP_WRITE = 'w',    /* opened for writing, or made */
  LOOKUP_STAT = 's',     /* links followed */
  LOOKUP_LSTAT = 'l',    /* the last link not followed */
  LOOKUP_ACCESS = 'a',
  LOOKUP_READLINK = 'r',
  LOOKUP_EXECUTE = 'x',
  LOOKUP_CHANGE = 'm',   /* removed, renamed, given other permissions */
  LOOKUP_VARIABLE = 'e', /* a variable of the environment, by its name */
  LOOKUP_BELOW = 0x80,   /* beside one of these: noted by the supervisor, so that it may be the C library's own affair */
};

static inline void *copy_bytes(void *to, const void *from, unsigned long count) {
  char *t = to;
  const char *f = from;
  while (count--) *t++ = *f++;
  return to;
}

static inline uint32_t hash_path(const char *path, unsigned length, unsigned seed) {
  uint64_t h = seed * 0x9E3779B97F4A7C15ULL + length;
  while (length >= 8) {
    uint64_t word;
    __builtin_memcpy(&word, path, 8);
    h = (h ^ word) * 0xff51afd7ed558ccdULL;
    h ^= h >> 32;
    path += 8;
    length -= 8;
  }
  uint64_t last = 0;
  for (unsigned i = 0; i < length; i++) last |= (uint64_t)(unsigned char)path[i] << (8 * i);
  h = (h ^ last) * 0xff51afd7ed558ccdULL;
  h ^= h >> 29;
  return (uint32_t)(h ^ (h >> 32)) | 1;
}

static inline int same_bytes(const char *a, const char *b, unsigned length) {
  while (length >= 8) {
    uint64_t x, y;
    __builtin_memcpy(&x, a, 8);
    __builtin_memcpy(&y, b, 8);
    if (x != y) return 0;
    a += 8;
    b += 8;
    length -= 8;
  }
  while (length--)
    if (*a++ != *b++) return 0;
  return 1;
}

static inline void record_flag(record_t *record, unsigned flag) { __atomic_fetch_or(&record->flags, flag, __ATOMIC_RELAXED); }

/* Notes a lookup, unless it is noted already. */
static inline void record_add(record_t *record, int kind, int outcome, const char *path, unsigned length) {
  uint32_t hash = hash_path(path, length, (unsigned)(kind * 256 + outcome));
  uint32_t mine = 0;
  unsigned at = hash & (RECORD_SLOTS - 1);
  for (unsigned tried = 0; tried < RECORD_SLOTS / 2; tried++, at = (at + 1) & (RECORD_SLOTS - 1)) {
    uint32_t taken = __atomic_load_n(&record->slots[at], __ATOMIC_ACQUIRE);
    if (!taken) {
      if (!mine) {
        if (record->flags & FLAG_FULL) return; /* The tail would go on, and some day begin anew. */
        uint32_t size = (uint32_t)(sizeof(entry_t) + length + 3) & ~3u;
        uint32_t tail = __atomic_fetch_add(&record->tail, size, __ATOMIC_RELAXED);
        if (tail > DATA_SIZE || size > DATA_SIZE - tail) break;
        entry_t *entry = (entry_t *)(record->data + tail);
        entry->hash = hash;
        entry->length = (uint16_t)length;
        entry->kind = (uint8_t)kind;
        entry->outcome = (uint8_t)outcome;
        copy_bytes(entry->path, path, length);
        mine = tail + 1;
      }
      if (__atomic_compare_exchange_n(&record->slots[at], &taken, mine, 0, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE)) return;
      /* Another process was faster: `taken` is its entry, perhaps this very path. */
    }
    if (taken - 1 > DATA_SIZE - sizeof(entry_t)) break;
    entry_t *entry = (entry_t *)(record->data + taken - 1);
    if (entry->hash == hash && entry->length == length && entry->kind == kind && entry->outcome == outcome && same_bytes(entry->path, path, length)) return;
  }
  record_flag(record, FLAG_FULL);
}
#endif
