/* What the parts of the supervisor share: supervisor.c starts the command, filter.c says which of its calls are told, lookups.c notes them. */
#ifndef ICECREAM_SUPERVISOR_H
#define ICECREAM_SUPERVISOR_H
#include "../record.h"
#include "../syscalls.h"

typedef struct { int nr; uint32_t arch; uint64_t ip, args[6]; } call_t;            /* struct seccomp_data */
typedef struct { uint16_t code; uint8_t yes, no; uint32_t k; } instruction_t;      /* struct sock_filter */
typedef struct { uint16_t length; const instruction_t *code; } program_t;          /* struct sock_fprog */

static inline long call(long n, long a, long b, long c, long d, long e) { return syscall6(n, a, b, c, d, e, 0); }

/* How a call names what it looks for: by its first argument, or by a folder's descriptor and its second. */
typedef struct { uint16_t nr; uint8_t is_at; char kind; uint8_t flags; } lookup_t; /* flags: which argument holds them, plus one */
enum { START = '+' }; /* It looks for nothing, and makes a process or a thread: these are counted. */
enum { WAIT = '?' }; /* It looks for nothing: the preload object tells how children ended, and of these calls it knows nothing. */
const lookup_t *lookup_of(int nr);
int is_start(const call_t *call);

/* The filter that tells the listener of lookups. */
program_t make_filter(void);

extern record_t *record;

/* How many processes and threads there may be at a time; 0: no such limit. The command can write to the record, so it is read there once, before the command begins. */
extern unsigned most_processes;

/* The number of the process that became the command; 0 until it is known. */
extern int command;

/* Whether there are as many processes and threads already as there may be. */
int is_crowded(void);

/* The kernel itself looks for the interpreter of a program that is executed, and says of a missing one that the program is not there. */
void note_interpreter(const char *path);

/* Notes what the listener tells until the command, of which `child` is the descriptor, has ended. */
void answer_all(int listener, int child);
#endif
