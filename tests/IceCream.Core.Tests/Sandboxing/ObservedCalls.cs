namespace IceCream.Tests.Sandboxing;

/// <summary>
/// A program that makes one call of the C library over many paths. It prints what each returned, behind the kind of lookup and the path that
/// a record has to hold.
/// </summary>
internal static class ObservedCalls
{
    /// <summary>Calls that every C library has.</summary>
    public static readonly string[] Common =
    [
        "open", "open-folder", "open-path", "open-create", "open-truncate", "openat", "openat-folder", "creat", "fopen-r", "fopen-rb+", "fopen-re", "fopen-w", "fopen-wx", "fopen-a", "fopen-a+",
        "opendir", "stat", "lstat", "fstatat", "fstatat-nofollow", "access", "access-write", "access-execute", "faccessat", "faccessat-effective", "euidaccess", "eaccess",
        "readlink", "readlinkat", "chdir",
    ];

    /// <summary>Calls of glibc alone.</summary>
    public static readonly string[] Gnu = ["open64", "openat64", "open-fortified", "openat-fortified", "open64-fortified", "fopen64", "creat64", "stat64", "lstat64", "fstatat64", "statx", "statx-nofollow", "readlink-fortified"];

    /// <summary>Calls that programs make which were linked before glibc 2.33.</summary>
    public static readonly string[] Old = ["xstat", "lxstat", "fxstatat", "xstat64", "lxstat64", "fxstatat64"];

    public const string Source = """
        #define _GNU_SOURCE
        #include <dirent.h>
        #include <errno.h>
        #include <fcntl.h>
        #include <limits.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/stat.h>
        #include <unistd.h>

        static const char *call;
        static char root[PATH_MAX];
        static int folder;

        static int is(const char *name) { return !strcmp(call, name); }

        /* A descriptor: what can be told of it. */
        static int show_fd(int fd)
        {
            char text[16] = "";
            if (fd < 0) return -1;
            struct stat status;
            fstat(fd, &status);
            long n = S_ISREG(status.st_mode) ? read(fd, text, sizeof text - 1) : 0;
            printf("type %o size %ld flags %o on exec %d read %ld '%.*s' ", (unsigned)(status.st_mode & S_IFMT), S_ISREG(status.st_mode) ? (long)status.st_size : 0l,
                (unsigned)fcntl(fd, F_GETFL), fcntl(fd, F_GETFD), n, n > 0 ? (int)n - 1 : 0, text);
            close(fd);
            return 0;
        }

        static int show_stream(FILE *stream)
        {
            char text[16] = "";
            if (!stream) return -1;
            printf("at %ld ", ftell(stream));
            int got = fgets(text, sizeof text, stream) != 0;
            printf("read %d '%.*s' ", got, (int)strcspn(text, "\n"), text);
            rewind(stream);
            clearerr(stream);
            printf("written %d ", fputs("more\n", stream) >= 0 && !fflush(stream));
            printf("then at %ld flags %o on exec %d ", ftell(stream), (unsigned)fcntl(fileno(stream), F_GETFL), fcntl(fileno(stream), F_GETFD));
            fclose(stream);
            return 0;
        }

        static int show_folder(DIR *names)
        {
            if (!names) return -1;
            int count = 0;
            unsigned sum = 0;
            for (struct dirent *entry; (entry = readdir(names)); count++)
                for (const char *c = entry->d_name; *c; c++) sum += (unsigned char)*c;
            printf("%d names %u on exec %d ", count, sum, fcntl(dirfd(names), F_GETFD));
            closedir(names);
            return 0;
        }

        static int show_status(int result, const struct stat *status)
        {
            if (result == 0) printf("mode %o size %ld links %d ", (unsigned)status->st_mode, S_ISDIR(status->st_mode) ? 0l : (long)status->st_size, (int)status->st_nlink);
            return result;
        }

        static int show_link(long length, const char *text)
        {
            if (length >= 0) printf("'%.*s' ", (int)length, text);
            return length < 0 ? -1 : 0;
        }

        #ifdef __GLIBC__
        extern int __open_2(const char *, int), __open64_2(const char *, int), __openat_2(int, const char *, int);
        extern ssize_t __readlink_chk(const char *, char *, size_t, size_t);
        #ifdef OLD
        #ifdef __x86_64__
        #define SINCE "GLIBC_2.2.5"
        #define SINCE_AT "GLIBC_2.4"
        #else
        #define SINCE "GLIBC_2.17"
        #define SINCE_AT "GLIBC_2.17"
        #endif
        #define OLD_CALL(mine, theirs, since) __asm__(".symver " mine "," theirs "@" since)
        OLD_CALL("old_xstat", "__xstat", SINCE);
        OLD_CALL("old_lxstat", "__lxstat", SINCE);
        OLD_CALL("old_fxstatat", "__fxstatat", SINCE_AT);
        OLD_CALL("old_xstat64", "__xstat64", SINCE);
        OLD_CALL("old_lxstat64", "__lxstat64", SINCE);
        OLD_CALL("old_fxstatat64", "__fxstatat64", SINCE_AT);
        extern int old_xstat(int, const char *, void *), old_lxstat(int, const char *, void *), old_fxstatat(int, int, const char *, void *, int);
        extern int old_xstat64(int, const char *, void *), old_lxstat64(int, const char *, void *), old_fxstatat64(int, int, const char *, void *, int);
        #ifdef __x86_64__
        #define VERSION 1
        #else
        #define VERSION 0
        #endif
        #endif
        #endif

        static int run(int fd, const char *path)
        {
            struct stat status;
            char text[64];
            if (is("open")) return show_fd(open(path, O_RDONLY));
            if (is("open-folder")) return show_fd(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
            if (is("open-path")) { int opened = open(path, O_PATH); return opened < 0 ? -1 : (close(opened), 0); }
            if (is("open-create")) return show_fd(open(path, O_RDWR | O_CREAT, 0640));
            if (is("open-truncate")) return show_fd(open(path, O_WRONLY | O_TRUNC));
            if (is("openat")) return show_fd(openat(fd, path, O_RDONLY));
            if (is("openat-folder")) return show_fd(openat(fd, path, O_RDONLY | O_DIRECTORY));
            if (is("creat")) return show_fd(creat(path, 0600));
            if (!strncmp(call, "fopen-", 6)) return show_stream(fopen(path, call + 6));
            if (is("opendir")) return show_folder(opendir(path));
            if (is("stat")) return show_status(stat(path, &status), &status);
            if (is("lstat")) return show_status(lstat(path, &status), &status);
            if (is("fstatat")) return show_status(fstatat(fd, path, &status, 0), &status);
            if (is("fstatat-nofollow")) return show_status(fstatat(fd, path, &status, AT_SYMLINK_NOFOLLOW), &status);
            if (is("access")) return access(path, F_OK);
            if (is("access-write")) return access(path, W_OK);
            if (is("access-execute")) return access(path, X_OK);
            if (is("faccessat")) return faccessat(fd, path, R_OK, 0);
            if (is("faccessat-effective")) return faccessat(fd, path, R_OK, AT_EACCESS);
            if (is("euidaccess")) return euidaccess(path, R_OK);
            if (is("eaccess")) return eaccess(path, R_OK);
            if (is("readlink")) return show_link(readlink(path, text, 8), text);
            if (is("readlinkat")) return show_link(readlinkat(fd, path, text, sizeof text), text);
            if (is("chdir")) {
                int result = chdir(path), error = errno;
                printf("beside %d ", access("inner", F_OK));
                if (chdir(root)) return 2;
                errno = error;
                return result;
            }
        #ifdef __GLIBC__
            struct stat64 wide;
            if (is("open64")) return show_fd(open64(path, O_RDONLY));
            if (is("openat64")) return show_fd(openat64(fd, path, O_RDONLY));
            if (is("open-fortified")) return show_fd(__open_2(path, O_RDONLY));
            if (is("open64-fortified")) return show_fd(__open64_2(path, O_RDONLY));
            if (is("openat-fortified")) return show_fd(__openat_2(fd, path, O_RDONLY));
            if (is("fopen64")) return show_stream(fopen64(path, "r"));
            if (is("creat64")) return show_fd(creat64(path, 0600));
            if (is("stat64")) return stat64(path, &wide);
            if (is("lstat64")) return lstat64(path, &wide);
            if (is("fstatat64")) return fstatat64(fd, path, &wide, 0);
            struct statx most;
            if (is("statx")) return statx(fd, path, 0, STATX_BASIC_STATS, &most);
            if (is("statx-nofollow")) return statx(fd, path, AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &most);
            if (is("readlink-fortified")) return show_link(__readlink_chk(path, text, sizeof text, sizeof text), text);
        #ifdef OLD
            if (is("xstat")) return show_status(old_xstat(VERSION, path, &status), &status);
            if (is("lxstat")) return show_status(old_lxstat(VERSION, path, &status), &status);
            if (is("fxstatat")) return show_status(old_fxstatat(VERSION, fd, path, &status, 0), &status);
            if (is("xstat64")) return old_xstat64(VERSION, path, &wide);
            if (is("lxstat64")) return old_lxstat64(VERSION, path, &wide);
            if (is("fxstatat64")) return old_fxstatat64(VERSION, fd, path, &wide, AT_SYMLINK_NOFOLLOW);
        #endif
        #endif
            puts("no such call");
            exit(3);
        }

        static char kind(void)
        {
            if (strstr(call, "creat") || strstr(call, "trunc") || is("fopen-rb+") || !strncmp(call, "fopen-w", 7) || !strncmp(call, "fopen-a", 7)) return 'w';
            if (is("opendir")) return 'o';
            if (is("open-path") || is("chdir")) return 's';
            if (!strncmp(call, "open", 4) || !strncmp(call, "fopen", 5)) return 'o';
            if (strstr(call, "access")) return 'a';
            if (!strncmp(call, "readlink", 8)) return 'r';
            return !strncmp(call, "l", 1) || strstr(call, "nofollow") || is("fxstatat64") ? 'l' : 's';
        }

        static void show(int fd, const char *base, const char *path)
        {
            char whole[2 * PATH_MAX];
            snprintf(whole, sizeof whole, path[0] == '/' ? "%s%s" : "%s/%s", path[0] == '/' ? "" : base, path);
            printf("%c\t%s\t", kind(), *path ? whole : "");
            errno = 0;
            int failed = run(fd, path), error = errno;
            printf("\t%d\n", failed ? error : 0);
        }

        int main(int count, char **words)
        {
            static char name_too_long[300], path_too_long[5000], absolute[PATH_MAX];
            call = words[1];
            if (!getcwd(root, sizeof root)) return 2;
            folder = open("folder", O_RDONLY | O_DIRECTORY);
            memset(name_too_long, 'n', sizeof name_too_long - 1);
            memset(path_too_long, '/', sizeof path_too_long - 1);
            const char *paths[] = {
                "found", "absent", "folder", "folder/inner", "folder/absent", "folder/up", "link", "link/inner", "link/../found", "link/absent", "dangling", "dangling/below",
                "circle", "circle/below", "tofile", "found/below", "nowhere/near", "folder/../absent", "./found", ".", "folder/", "found/", "absent/", "", "folder//inner", name_too_long, path_too_long,
            };
            for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
                show(AT_FDCWD, root, paths[i]);
                if (snprintf(absolute, sizeof absolute, "%s/%s", root, paths[i]) < PATH_MAX && *paths[i] && i % 3 == 0) show(AT_FDCWD, root, absolute);
            }
            if (strstr(call, "openat") || strstr(call, "statat") || strstr(call, "accessat") || strstr(call, "linkat") || strstr(call, "statx")) {
                char inside[PATH_MAX];
                snprintf(inside, sizeof inside, "%s/folder", root);
                const char *below[] = {"inner", "absent", "../found", "up", ".", "deep/absent"};
                for (unsigned i = 0; i < sizeof below / sizeof *below; i++) show(folder, inside, below[i]);
            }
            return 0;
        }
        """;
}
