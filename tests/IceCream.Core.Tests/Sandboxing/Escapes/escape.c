/* What a malicious compiler tries from inside the sandbox: "escape NAME..." tries each in a process of its own and says how it went. What a name
   needs from outside comes in variables of the environment. Linked statically, so that it runs in an empty root. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/perf_event.h>
#include <sched.h>
#include <setjmp.h>
#include <stddef.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define call(...) syscall(__VA_ARGS__)
static const char *given(const char *name) {
  const char *value = getenv(name);
  return value ? value : "";
}
static int number(const char *name) { return atoi(given(name)); }

/* A process to play with: it waits until it is killed. */
static int victim(void) {
  int child = fork();
  if (!child) {
    alarm(20);
    for (;;) pause();
  }
  return child;
}

static int reached(long result) { return result >= 0; }
static int parted(long child) {
  if (!child) _exit(0);
  return child > 0;
}
static int beyond(long result, int refusal) { return result >= 0 || errno != refusal; }

/* Other processes, bubblewrap's own among them. */
static int ptrace_child(void) { return reached(ptrace(PTRACE_SEIZE, victim(), 0, 0)); }
static int ptrace_first(void) { return reached(ptrace(PTRACE_SEIZE, 1, 0, 0)); }
static int ptrace_me(void) { return reached(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int write_child(void) {
  static char bytes[8];
  struct iovec part = {bytes, 8};
  return reached(process_vm_writev(victim(), &part, 1, &part, 1, 0));
}
static int read_parent(void) {
  static char bytes[8];
  struct iovec part = {bytes, 8};
  return reached(process_vm_readv(getppid(), &part, 1, &part, 1, 0));
}
static int steal_descriptor(void) { return reached(call(438, (int)call(434, victim(), 0), 1, 0)); }
static int compare_processes(void) { return reached(call(SYS_kcmp, getpid(), getpid(), 1, 0, 0)); }
static int advise_process(void) {
  static char page[8192] __attribute__((aligned(4096)));
  struct iovec part = {page, 4096};
  return reached(call(440, (int)call(434, getpid(), 0), &part, 1, 20, 0));
}
static int move_memory(void) { return reached(call(SYS_move_pages, 0, 0, 0, 0, 0, 0)); }
static int memory_of_first(void) { return reached(open("/proc/1/mem", O_RDWR)); }
static int memory_of_parent(void) {
  char path[64];
  sprintf(path, "/proc/%d/mem", number("SUPERVISOR"));
  return reached(open(path, O_RDONLY));
}
static int see_process(void) {
  char path[64];
  sprintf(path, "/proc/%d", number("PROCESS"));
  return reached(access(path, F_OK));
}
static int signal_process(void) { return reached(kill(number("PROCESS"), 0)); }
static int outlive(void) {
  int child = fork();
  if (child) return 1; /* Whether it does, whoever waits for the lock learns. */
  setsid();
  int lock = open("/work/lock", O_RDWR | O_CREAT, 0666);
  flock(lock, LOCK_EX);
  close(0), close(1), close(2);
  signal(SIGHUP, SIG_IGN);
  alarm(20);
  for (;;) pause();
}

/* Another view of the files. */
static int new_users(void) { return reached(unshare(CLONE_NEWUSER)); }
static int new_users_clone(void) { return parted(call(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0)); }
static int new_users_clone3(void) {
  uint64_t how[11] = {CLONE_NEWUSER};
  how[4] = SIGCHLD;
  return parted(call(435, how, 64));
}
static int plain_clone3(void) {
  uint64_t how[11] = {0};
  how[4] = SIGCHLD;
  return parted(call(435, how, 64));
}
static int new_mounts(void) { return reached(unshare(CLONE_NEWNS)); }
static int new_processes(void) { return reached(unshare(CLONE_NEWPID)); }
static int new_network(void) { return reached(unshare(CLONE_NEWNET)); }
static int nested_root(void) { return reached(unshare(CLONE_NEWUSER | CLONE_NEWNS)) && reached(mount("none", "/work", "tmpfs", 0, 0)); }
static int enter_namespace(void) { return reached(setns(open("/proc/1/ns/uts", O_RDONLY), 0)); }
static int mount_memory(void) { return reached(mount("none", "/work", "tmpfs", 0, 0)); }
static int remount_root(void) { return reached(mount(0, "/", 0, MS_REMOUNT | MS_BIND, 0)) && reached(open("/escaped", O_WRONLY | O_CREAT, 0666)); }
static int uncover(void) { return reached(umount2("/work", MNT_DETACH)); }
static int change_root(void) { return reached(chroot("/work")); }
static int pivot(void) { return beyond(call(SYS_pivot_root, "/work", "/work"), EPERM); }
static int open_file_system(void) { return reached(call(430, "tmpfs", 0)); }
static int clone_tree(void) { return reached(call(428, -100, "/", 1)); }
static int set_mount(void) { return beyond(call(442, -100, "/", 0, 0, 0), EPERM); }
static int file_handle(void) {
  struct { unsigned size; int type; char bytes[128]; } handle = {128, 0, {0}};
  int id;
  return reached(call(SYS_name_to_handle_at, -100, "/work", &handle, &id, 0));
}
static int open_by_handle(void) {
  struct { unsigned size; int type; char bytes[8]; } handle = {8, 1, {2}};
  return reached(call(SYS_open_by_handle_at, open("/work", O_RDONLY), &handle, O_RDONLY));
}
static int watch_everything(void) { return reached(call(SYS_fanotify_init, 0x200, 0)); }

/* The kernel. */
static int kernel_keys(void) { return reached(call(SYS_keyctl, 0, -4, 0)); }
static int add_kernel_key(void) { return reached(call(SYS_add_key, "user", "icecream", "x", 1, -1)); }
static int ask_for_key(void) { return beyond(call(SYS_request_key, "user", "icecream-none", 0, -4), EPERM); }
static int list_keys(void) {
  char bytes[16];
  return reached(read(open("/proc/keys", O_RDONLY), bytes, sizeof bytes));
}
static int load_bpf(void) { return beyond(call(SYS_bpf, 9999, 0, 0), EPERM); }
static int sample(void) {
  struct perf_event_attr what = {.type = PERF_TYPE_SOFTWARE, .size = sizeof what, .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1, .exclude_hv = 1};
  return beyond(call(SYS_perf_event_open, &what, 0, -1, -1, 0), EPERM);
}
static int handle_faults(void) { return reached(call(SYS_userfaultfd, 1 | O_CLOEXEC)); }
static int ring(void) {
  char parameters[120] = {0};
  return reached(call(425, 4, parameters));
}
static int load_kernel(void) { return beyond(call(SYS_kexec_load, 0, 0, 0, 0), EPERM); }
static int load_module(void) { return beyond(call(SYS_init_module, "", 0, ""), EPERM); }
static int remove_module(void) { return beyond(call(SYS_delete_module, "icecream", 0), EPERM); }
static int restart(void) { return beyond(call(SYS_reboot, 0, 0, 0, 0), EPERM); }
static int swap_off(void) { return beyond(call(SYS_swapoff, "/work"), EPERM); }
static int account(void) { return beyond(call(SYS_acct, "/work/account"), EPERM); }
static int set_clock(void) {
  struct timespec now = {0, -1};
  return beyond(call(SYS_clock_settime, CLOCK_REALTIME, &now), EPERM);
}
static int ask_clock(void) {
  struct timex nothing = {0};
  return reached(adjtimex(&nothing));
}
static int rename_machine(void) { return reached(sethostname("escaped", 7)); }
static int read_log(void) { return beyond(call(SYS_syslog, 10, 0, 0), EPERM); }
#if defined(__x86_64__)
static int segments(void) {
  char table[64];
  return beyond(call(SYS_modify_ldt, 0, table, sizeof table), EPERM);
}
static int ports(void) { return reached(call(SYS_ioperm, 0, 1, 0)); }
/* The calls of 32 bits, from a program of 64: their numbers are others. Where the machine has none of them, as in a guest that is kept from its host, asking is a fault. */
static sigjmp_buf without_them;
static void no_such_calls(int signal) {
  (void)signal;
  siglongjmp(without_them, 1);
}
static long of_32_bits(long n, long a, long b, long c) {
  long result;
  signal(SIGSEGV, no_such_calls);
  if (sigsetjmp(without_them, 1)) {
    errno = ENOSYS;
    return -1;
  }
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(n), "b"(a), "c"(b), "d"(c) : "memory", "r8", "r9", "r10", "r11");
  if (result < 0) errno = (int)-result;
  return result;
}
static int trace_by_32_bits(void) { return reached(of_32_bits(26, 0, 0, 0)); }
static int new_users_by_32_bits(void) { return reached(of_32_bits(310, CLONE_NEWUSER, 0, 0)); }
static int socket_by_32_bits(void) { return reached(of_32_bits(359, AF_INET, SOCK_STREAM, 0)); }
static int multiplexed_socket(void) {
  unsigned *words = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  words[0] = AF_INET, words[1] = SOCK_STREAM, words[2] = 0;
  return reached(of_32_bits(102, 1, (long)words, 0));
}
static int set_id_by_32_bits(void) {
  close(open("/work/by32", O_WRONLY | O_CREAT, 0755));
  char *path = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  strcpy(path, "/work/by32");
  return reached(of_32_bits(15, (long)path, 04755, 0));
}
static int trace_by_x32(void) { return reached(call(0x40000000 + 521, PTRACE_TRACEME, 0, 0, 0)); }
#endif

/* The network, and other ways to speak to strangers. */
static int reach(int family, int type) { return reached(socket(family, type, 0)); }
static int ipv4(void) { return reach(AF_INET, SOCK_STREAM); }
static int ipv6(void) { return reach(AF_INET6, SOCK_DGRAM); }
static int netlink(void) { return reach(AF_NETLINK, SOCK_RAW); }
static int vsock(void) { return reach(40, SOCK_STREAM); }
static int packets(void) { return reach(AF_PACKET, SOCK_RAW); }
static int crypto(void) { return reach(38, SOCK_SEQPACKET); }
static int bluetooth(void) { return reach(31, SOCK_RAW); }
static int pair_of_another_family(void) {
  int two[2];
  return beyond(socketpair(AF_INET, SOCK_STREAM, 0, two), EAFNOSUPPORT);
}
static int connect_to_host(void) {
  struct sockaddr_in to = {AF_INET, htons((uint16_t)number("PORT")), {htonl(INADDR_LOOPBACK)}, {0}};
  int s = socket(AF_INET, SOCK_STREAM, 0);
  return s >= 0 && reached(connect(s, (struct sockaddr *)&to, sizeof to));
}
static int abstract_socket(void) {
  struct sockaddr_un to = {AF_UNIX, {0}};
  strcpy(to.sun_path + 1, given("ABSTRACT"));
  int s = socket(AF_UNIX, SOCK_STREAM, 0);
  return reached(connect(s, (struct sockaddr *)&to, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(given("ABSTRACT")))));
}
static int message_queue(void) { return reached(msgget(number("QUEUE"), 0)); }
static int type_into_terminal(void) { return beyond(ioctl(0, TIOCSTI, "x"), EPERM); }
static int control_console(void) { return beyond(ioctl(0, TIOCLINUX, "\3"), EPERM); }
static int own_terminal(void) { return reached(open("/dev/tty", O_RDWR)); }

/* Files that are not the job's. */
static int read_secret_at(const char *prefix) {
  char path[4096], bytes[64] = {0};
  snprintf(path, sizeof path, "%s%s", prefix, given("SECRET"));
  return read(open(path, O_RDONLY), bytes, sizeof bytes - 1) > 0 && !strcmp(bytes, given("SECRET_TEXT"));
}
static int secret(void) { return read_secret_at(""); }
static int secret_by_root_of_first(void) { return read_secret_at("/proc/1/root"); }
static int secret_by_folder_of_first(void) { return read_secret_at("/proc/1/cwd/../../../.."); }
static int secret_by_own_root(void) { return read_secret_at("/proc/self/root/.."); }
static int secret_by_link(void) {
  symlink(given("SECRET"), "/work/link");
  char bytes[64] = {0};
  return read(open("/work/link", O_RDONLY), bytes, 63) > 0 && !strcmp(bytes, given("SECRET_TEXT"));
}
static int secret_by_dots(void) {
  chdir("/work");
  return read_secret_at("../../../../../..");
}
static int passwords(void) { return reached(open("/etc/shadow", O_RDONLY)); }
static int write_outside(void) { return reached(open("/escaped", O_WRONLY | O_CREAT, 0666)); }
static int poison_tool(void) { return reached(open("/tool", O_WRONLY)); }
static int poison_tool_by_first(void) { return reached(open("/proc/1/root/tool", O_WRONLY)); }
static int poison_by_times(void) { return reached(utimensat(AT_FDCWD, "/tool", 0, 0)); }
static int remove_tool(void) { return reached(unlink("/tool")); }
static int hard_link(void) { return reached(link("/tool", "/work/tool")); }
static int leaked_descriptor(void) {
  for (int fd = 3; fd < 1024; fd++)
    if (fcntl(fd, F_GETFD) >= 0) return 1;
  return 0;
}
static int core_pattern(void) { return reached(open("/proc/sys/kernel/core_pattern", O_WRONLY)); }
static int hotplug(void) { return reached(open("/proc/sys/kernel/modprobe", O_WRONLY)); }
static int magic_key(void) { return reached(open("/proc/sysrq-trigger", O_WRONLY)); }
static int last_to_die(void) {
  int fd = open("/proc/self/oom_score_adj", O_WRONLY);
  return fd >= 0 && write(fd, "1000", 4) == 4;
}
static int kernel_memory(void) { return reached(open("/proc/kcore", O_RDONLY)); }
static int system_files(void) { return reached(access("/sys/kernel", F_OK)); }
static int device(const char *path, int major, int minor) {
  if (reached(open(path, O_RDWR))) return 1;
  if (mknod("/work/device", S_IFCHR | 0666, makedev(major, minor))) return 0;
  return reached(open("/work/device", O_RDWR));
}
static int memory_device(void) { return device("/dev/mem", 1, 1); }
static int log_device(void) { return device("/dev/kmsg", 1, 11); }
static int terminals(void) { return device("/dev/ptmx", 5, 2); }
static int fuse(void) { return device("/dev/fuse", 10, 229); }
static int virtual_machine(void) { return device("/dev/kvm", 10, 232); }
static int block_device(void) { return reached(mknod("/work/block", S_IFBLK | 0666, makedev(254, 0))) || reached(mknod("/work/block2", S_IFBLK | 0666, 0)); }

/* Programs that would run as somebody else. */
static int has_set_id(const char *path) {
  struct stat status;
  return !stat(path, &status) && (status.st_mode & 06000);
}
static const char *program(const char *path) {
  close(open(path, O_WRONLY | O_CREAT, 0755));
  return path;
}
static int set_id(void) { return !chmod(program("/work/s1"), 04755) && has_set_id("/work/s1"); }
static int set_id_by_descriptor(void) { return !fchmod(open(program("/work/s2"), O_RDONLY), 04755) && has_set_id("/work/s2"); }
static int set_id_at(void) { return !call(SYS_fchmodat, AT_FDCWD, program("/work/s3"), 02755) && has_set_id("/work/s3"); }
static int set_id_at_2(void) { return !call(452, AT_FDCWD, program("/work/s4"), 04755, 0) && has_set_id("/work/s4"); }
static int set_id_by_open(void) { return reached(open("/work/s5", O_WRONLY | O_CREAT, 04755)) && has_set_id("/work/s5"); }
static int set_id_by_create(void) { return reached(creat("/work/s6", 04755)) && has_set_id("/work/s6"); }
static int set_id_by_open_2(void) {
  uint64_t how[3] = {O_WRONLY | O_CREAT, 04755, 0};
  return reached(call(437, AT_FDCWD, "/work/s7", how, sizeof how)) && has_set_id("/work/s7");
}
static int set_id_by_node(void) { return !mknod("/work/s8", S_IFREG | 04755, 0) && has_set_id("/work/s8"); }
static int set_id_unnamed(void) {
  struct stat status;
  int fd = open("/work", O_TMPFILE | O_WRONLY, 04755);
  return fd >= 0 && !fstat(fd, &status) && (status.st_mode & 06000);
}

/* More than its share. */
static int lift(int which, rlim_t to) {
  struct rlimit limit;
  getrlimit(which, &limit);
  if (limit.rlim_max == to || (which == RLIMIT_CORE && limit.rlim_max > 0)) return 1;
  limit.rlim_cur = limit.rlim_max = to;
  return reached(setrlimit(which, &limit));
}
static int core_dump(void) { return lift(RLIMIT_CORE, RLIM_INFINITY); }
static int descriptors(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_max > 100 || lift(RLIMIT_NOFILE, 5000);
}
static int large_file(void) { return lift(RLIMIT_FSIZE, RLIM_INFINITY); }
static int much_memory(void) { return mmap(0, 2ul << 30, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED; }
static int many_processes(void) {
  for (int i = 0; i < 100; i++)
    if (victim() < 0) return 0;
  return 1;
}
static int many_marked_processes(void) {
  /* With the mark of the preload object's own calls, which the supervisor is not told of. */
  for (int i = 0; i < 100; i++) {
    long child = call(SYS_clone, SIGCHLD, 0, 0, 0, 0, 0x6c6f6f6b65642d75L);
    if (child < 0) return 0;
    if (!child) {
      alarm(20);
      for (;;) pause();
    }
  }
  return 1;
}
static int many_unlimited_processes(void) {
  /* The limit stands in the record, to which the command can write. */
  int fd = open("/dev/observation/record", O_RDWR);
  uint32_t none = 0;
  if (fd < 0 || pwrite(fd, &none, sizeof none, 28) != sizeof none) return 0;
  close(fd);
  return many_processes();
}
static int sleeper(void *nothing) {
  for (;;) pause();
  return nothing != 0;
}
static int many_threads(void) {
  for (int i = 0; i < 100; i++) {
    char *stack = mmap(0, 16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (clone(sleeper, stack + 16384, CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM, 0) < 0) return 0;
  }
  return 1;
}
#if defined(__x86_64__)
static int many_processes_by_32_bits(void) {
  for (int i = 0; i < 100; i++) {
    long child = of_32_bits(2, 0, 0, 0);
    if (child < 0) return 0;
    if (!child) {
      alarm(20);
      for (;;) pause();
    }
  }
  return 1;
}
#endif

static const struct { const char *name; int (*attack)(void); } attacks[] = {
#define ATTACK(name) {#name, name},
    ATTACK(ptrace_child) ATTACK(ptrace_first) ATTACK(ptrace_me) ATTACK(write_child) ATTACK(read_parent) ATTACK(steal_descriptor) ATTACK(compare_processes)
    ATTACK(advise_process) ATTACK(move_memory) ATTACK(memory_of_first) ATTACK(memory_of_parent) ATTACK(see_process) ATTACK(signal_process) ATTACK(outlive)
    ATTACK(new_users) ATTACK(new_users_clone) ATTACK(new_users_clone3) ATTACK(plain_clone3) ATTACK(new_mounts) ATTACK(new_processes) ATTACK(new_network)
    ATTACK(nested_root) ATTACK(enter_namespace) ATTACK(mount_memory) ATTACK(remount_root) ATTACK(uncover) ATTACK(change_root) ATTACK(pivot)
    ATTACK(open_file_system) ATTACK(clone_tree) ATTACK(set_mount) ATTACK(file_handle) ATTACK(open_by_handle) ATTACK(watch_everything) ATTACK(kernel_keys)
    ATTACK(add_kernel_key) ATTACK(ask_for_key) ATTACK(list_keys) ATTACK(load_bpf) ATTACK(sample) ATTACK(handle_faults) ATTACK(ring) ATTACK(load_kernel)
    ATTACK(load_module) ATTACK(remove_module) ATTACK(restart) ATTACK(swap_off) ATTACK(account) ATTACK(set_clock) ATTACK(ask_clock) ATTACK(rename_machine)
    ATTACK(read_log) ATTACK(ipv4) ATTACK(ipv6) ATTACK(netlink) ATTACK(vsock) ATTACK(packets) ATTACK(crypto) ATTACK(bluetooth) ATTACK(pair_of_another_family)
    ATTACK(connect_to_host) ATTACK(abstract_socket) ATTACK(message_queue) ATTACK(type_into_terminal) ATTACK(control_console) ATTACK(own_terminal)
    ATTACK(secret) ATTACK(secret_by_root_of_first) ATTACK(secret_by_folder_of_first) ATTACK(secret_by_own_root) ATTACK(secret_by_link) ATTACK(secret_by_dots)
    ATTACK(passwords) ATTACK(write_outside) ATTACK(poison_tool) ATTACK(poison_tool_by_first) ATTACK(poison_by_times) ATTACK(remove_tool) ATTACK(hard_link)
    ATTACK(leaked_descriptor) ATTACK(core_pattern) ATTACK(hotplug) ATTACK(magic_key) ATTACK(last_to_die) ATTACK(kernel_memory) ATTACK(system_files)
    ATTACK(memory_device) ATTACK(log_device) ATTACK(terminals) ATTACK(fuse) ATTACK(virtual_machine) ATTACK(block_device) ATTACK(set_id)
    ATTACK(set_id_by_descriptor) ATTACK(set_id_at) ATTACK(set_id_at_2) ATTACK(set_id_by_open) ATTACK(set_id_by_create) ATTACK(set_id_by_open_2)
    ATTACK(set_id_by_node) ATTACK(set_id_unnamed) ATTACK(core_dump) ATTACK(descriptors) ATTACK(large_file) ATTACK(much_memory) ATTACK(many_processes)
    ATTACK(many_marked_processes) ATTACK(many_unlimited_processes) ATTACK(many_threads)
#if defined(__x86_64__)
    ATTACK(segments) ATTACK(ports) ATTACK(trace_by_32_bits) ATTACK(new_users_by_32_bits) ATTACK(socket_by_32_bits) ATTACK(multiplexed_socket)
    ATTACK(set_id_by_32_bits) ATTACK(trace_by_x32) ATTACK(many_processes_by_32_bits)
#endif
};

static void try(const char *name) {
  for (unsigned i = 0; i < sizeof attacks / sizeof *attacks; i++) {
    if (strcmp(attacks[i].name, name)) continue;
    fflush(stdout);
    int child = fork();
    if (!child) {
      setpgid(0, 0);
      alarm(20);
      umask(0);
      errno = 0;
      int out = attacks[i].attack();
      printf("%s %s %d\n", name, out ? "out" : "held", errno);
      fflush(stdout);
      if (strcmp(name, "outlive")) kill(0, SIGKILL);
      _exit(0);
    }
    int status;
    if (child < 0) printf("%s unstarted %d\n", name, errno);
    else waitpid(child, &status, 0);
    return;
  }
  printf("%s unknown 0\n", name);
}

int main(int count, char **names) {
  if (count == 3 && !strcmp(names[1], "--make-queue")) return msgget(atoi(names[2]), IPC_CREAT | 0666) < 0;
  if (count == 3 && !strcmp(names[1], "--remove-queue")) return msgctl(msgget(atoi(names[2]), 0), IPC_RMID, 0);
  for (int i = 1; i < count; i++) try(names[i]);
  return 0;
}
