using System.Globalization;
using System.Text;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>Programs cannot tell that they are observed: what they print is what they print without.</summary>
public sealed class ObservedBehaviourTests(ObservedFolder folder) : IClassFixture<ObservedFolder>
{
    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Static)]
    [InlineData(Linked.Musl)]
    public async Task Real_paths_are_those_of_the_C_library(Linked linked)
    {
        SandboxOutcome? seen = await CompareAsync(
            """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <limits.h>
            #include <stdio.h>
            #include <stdlib.h>
            #include <string.h>
            #ifdef __GLIBC__
            extern char *__realpath_chk(const char *, char *, size_t);
            #endif
            static void show(const char *call, const char *path, char *real, int error)
            {
                printf("%s %.60s: %s %d\n", call, path, real ? real : "none", real ? 0 : error);
            }
            int main(void)
            {
                static char room[PATH_MAX], long_name[300], long_path[4000];
                memset(long_name, 'n', sizeof long_name - 1);
                for (int i = 0; i < 3998; i++) long_path[i] = "./"[i % 2];
                const char *paths[] = {
                    "found", "absent", "folder", "folder/inner", "folder/up", "link", "link/", "link/inner", "link/../found", "link/deep/..", "dangling", "dangling/below", "circle", "circle/x", "tofile",
                    "found/below", "found/..", "found/.", "absent/..", "folder/../absent", ".", "..", "/", "/..", "folder//inner", "", "/proc/self/cwd/found", "/dev/null", "/usr/lib/../bin/env", long_name, long_path,
                };
                for (unsigned i = 0; i < sizeof paths / sizeof *paths; i++) {
                    errno = 0;
                    show("own", paths[i], realpath(paths[i], room), errno);
                    errno = 0;
                    char *made = realpath(paths[i], 0);
                    show("made", paths[i], made, errno);
                    free(made);
            #ifdef __GLIBC__
                    errno = 0;
                    show("checked", paths[i], __realpath_chk(paths[i], room, sizeof room), errno);
                    errno = 0;
                    show("canonical", paths[i], made = canonicalize_file_name(paths[i]), errno);
                    free(made);
            #endif
                }
                errno = 0;
                char *none = realpath(0, room);
                printf("%d %d\n", none == 0, errno);
                return 0;
            }
            """,
            linked);
        if (seen is not null)
        {
            // Each component is there until one is not; and that is seen.
            Assert.All(["absent", "folder/../absent"], path => Assert.Contains(folder.Seen(seen), lookup => lookup.Error == 2 && lookup.Path!.EndsWith(path.Split('/')[^1], StringComparison.Ordinal)));
        }
    }

    [Theory]
    [InlineData(Linked.Dynamic, "C")]
    [InlineData(Linked.Dynamic, "C.UTF-8")]
    [InlineData(Linked.Static, "C")]
    [InlineData(Linked.Musl, "C.UTF-8")]
    public async Task Words_for_errors_are_those_of_the_C_library(Linked linked, string locale)
    {
        folder.Fill();
        WriteCatalogue(("No such file or directory", "Datei fehlt"), ("No space left on device", "Kein Platz"));
        SandboxOutcome? seen = await CompareAsync(
            """
            #define _GNU_SOURCE
            #include <errno.h>
            #include <libintl.h>
            #include <locale.h>
            #include <stdio.h>
            #include <string.h>
            #include <unistd.h>
            extern int __xpg_strerror_r(int, char *, size_t);
            int main(int count, char **words)
            {
                char cwd[4096], room[64];
                if (!getcwd(cwd, sizeof cwd)) return 2;
                setlocale(LC_ALL, words[1]);
            #ifdef __GLIBC__
                bindtextdomain("libc", cwd);
            #endif
                for (int turn = 0; turn < 2; turn++) {
                    /* The second time with a locale of the thread's own. */
                    if (turn) uselocale(newlocale(LC_ALL_MASK, "C", (locale_t)0));
                    for (int error = -1; error < 140; error++) {
                        if (error == 28 || error == 12 || error == 5 || error == 27 || error == 23 || error == 24 || error == 11 || error == 30 || error == 122) continue;
                        errno = 77;
                        printf("%d %s %d\n", error, strerror(error), errno);
            #ifdef __GLIBC__
                        for (unsigned size = 0; size < 64; size += 21) {
                            memset(room, '-', 63); room[63] = 0;
                            printf("%s ", strerror_r(error, room, size));
                            memset(room, '-', 63); room[63] = 0;
                            int result = __xpg_strerror_r(error, room, size);
                            printf("%u %d %s\n", size, result, room);
                        }
            #else
                        int result = strerror_r(error, room, 20);
                        printf("%d %s\n", result, room);
            #endif
                    }
                }
                return 0;
            }
            """,
            linked,
            change: command => command with { CommandLine = [.. command.CommandLine, locale], Environment = [.. command.Environment, "LANGUAGE=xx"] },
            fill: false);
        Assert.Null(seen?.Lookups!.Trouble);
        Assert.Equal(seen is not null && linked == Linked.Dynamic && locale != "C", seen is not null && ObservedFolder.Text(seen.StandardOutput).Contains("Datei fehlt", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(28)]
    [InlineData(12)]
    [InlineData(5)]
    public async Task Who_puts_the_machines_trouble_into_words_is_heard(int error)
    {
        string program = (await folder.CompileAsync("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\nint main(int n, char **w) { puts(strerror(atoi(w[1]))); return 1; }"))!;
        SandboxOutcome outcome = await folder.RunAsync([program, error.ToString(CultureInfo.InvariantCulture)]);
        Assert.Contains($"error {error} ", outcome.Lookups!.Trouble, StringComparison.Ordinal);
        Assert.Null((await folder.RunAsync([program, "2"])).Lookups!.Trouble);
    }

    [Fact]
    public async Task An_internal_error_of_a_compiler_is_told_from_an_error_of_its_source()
    {
        // As GCC's driver, which ends with 1 in either case.
        string program = (await folder.CompileAsync(
            "#include <stdlib.h>\n#include <sys/wait.h>\n#include <unistd.h>\nint main(int n, char **w) { int s; if (!fork()) _exit(atoi(w[1])); wait(&s); return 1; }"))!;
        SandboxOutcome outcome = await folder.RunAsync([program, "4"]);
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("internal error", outcome.Lookups!.Trouble, StringComparison.Ordinal);
        Assert.Null((await folder.RunAsync([program, "1"])).Lookups!.Trouble);
    }

    [Theory]
    [InlineData(Linked.Dynamic)]
    [InlineData(Linked.Static)]
    [InlineData(Linked.Musl)]
    public async Task Children_end_as_ever(Linked linked) => await CompareAsync(
        """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <signal.h>
        #include <stdio.h>
        #include <stdlib.h>
        #include <string.h>
        #include <sys/resource.h>
        #include <sys/wait.h>
        #include <unistd.h>
        static void show(const char *how, int result, int error, int status)
        {
            printf("%s %s %d exited %d with %d killed %d by %d stopped %d\n", how, result > 0 ? "child" : result ? "failed" : "none", result < 0 ? error : 0,
                WIFEXITED(status), WIFEXITED(status) ? WEXITSTATUS(status) : 0, WIFSIGNALED(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0, WIFSTOPPED(status));
        }
        int main(void)
        {
            int status, child, result;
            struct rusage usage;
            for (int how = 0; how < 6; how++) {
                fflush(stdout);
                if (!(child = how % 2 ? fork() : vfork())) {
                    if (how == 0) execl("/bin/sh", "sh", "-c", "exit 7", (char *)0);
                    if (how == 1) kill(getpid(), SIGKILL);
                    if (how == 2) execlp("sh", "sh", "-c", "kill -SEGV $$", (char *)0);
                    if (how == 3) kill(getpid(), SIGSTOP);
                    if (how == 4) execlp("nosuchprogram", "x", (char *)0);
                    _exit(how);
                }
                status = -1; errno = 0;
                result = how == 0 ? waitpid(child, &status, 0) : how == 1 ? wait(&status) : how == 2 ? wait3(&status, 0, &usage) : how == 3 ? waitpid(child, &status, WUNTRACED) : wait4(child, &status, 0, &usage);
                show("wait", result == child ? result : -1, errno, status);
                if (how == 3) { kill(child, SIGCONT); result = waitpid(-1, 0, 0); printf("%d\n", result == child); }
                errno = 0;
                result = waitpid(child, &status, WNOHANG);
                show("again", result, errno, 0);
            }
            printf("%d\n", system("exit 3"));
            FILE *pipe = popen("echo from a pipe; exit 4", "r");
            char line[32];
            if (fgets(line, sizeof line, pipe)) fputs(line, stdout);
            printf("%d\n", pclose(pipe));
            child = fork();
            if (!child) { pause(); _exit(0); }
            printf("%d\n", waitpid(child, &status, WNOHANG));
            kill(child, SIGTERM);
            siginfo_t info;
            result = waitid(P_PID, (id_t)child, &info, WEXITED);
            printf("%d %d %d\n", result, info.si_status, info.si_code == CLD_KILLED);
            return 0;
        }
        """,
        linked);

    [Fact]
    public async Task A_program_is_looked_for_along_PATH_and_each_place_is_seen()
    {
        SandboxOutcome seen = (await CompareAsync(
            """
            #include <errno.h>
            #include <stdio.h>
            #include <sys/wait.h>
            #include <unistd.h>
            int main(void)
            {
                int status;
                if (!fork()) { execlp("echo", "echo", "found along PATH", (char *)0); _exit(errno); }
                wait(&status);
                if (!fork()) { execlp("nosuchprogram", "x", (char *)0); _exit(errno); }
                wait(&status);
                printf("%d\n", WEXITSTATUS(status));
                return 0;
            }
            """,
            Linked.Dynamic,
            command => command with { Environment = [$"PATH={folder.Root}/one:{folder.Root}/folder::/usr/bin:/bin"] }))!;
        foreach (string place in new[] { "one/echo", "folder/echo", "one/nosuchprogram", "folder/nosuchprogram", "nosuchprogram" })
        {
            Assert.Contains(new Lookup($"{folder.Root}/{place}", LookupKind.Execute, 2, IsBelow: true), seen.Lookups!.Lookups);
        }

        Assert.Contains(new Lookup("/usr/bin/echo", LookupKind.Execute, 0, IsBelow: true), seen.Lookups!.Lookups);
    }

    /// <summary>Runs a program without and with observation; null where it cannot be compiled here.</summary>
    private async Task<SandboxOutcome?> CompareAsync(string source, Linked linked, Func<SandboxCommand, SandboxCommand>? change = null, bool fill = true)
    {
        if (await folder.CompileAsync(source, linked) is not { } program)
        {
            Assert.NotEqual(Linked.Dynamic, linked);
            return null;
        }

        if (fill)
        {
            folder.Fill();
        }

        SandboxOutcome plain = await folder.RunAsync([program], observed: false, change), seen = await folder.RunAsync([program], observed: true, change);
        Assert.Equal(ObservedFolder.Lines(plain), ObservedFolder.Lines(seen));
        Assert.Equal((0, 0), (plain.ExitCode, seen.ExitCode));
        Assert.Null(seen.Lookups!.Gap);
        return seen;
    }

    /// <summary>A catalogue of translations for the language "xx", as msgfmt(1) writes it.</summary>
    private void WriteCatalogue(params (string Original, string Translation)[] texts)
    {
        (string Original, string Translation)[] sorted = [("", "Content-Type: text/plain; charset=UTF-8\n"), .. texts.OrderBy(static text => text.Original, StringComparer.Ordinal)];
        using var content = new MemoryStream();
        int tables = 28, at = tables + (16 * sorted.Length);
        var heads = new List<int> { unchecked((int)0x950412de), 0, sorted.Length, tables, tables + (8 * sorted.Length), 0, at };
        var bytes = new List<byte>();
        foreach (string text in sorted.Select(static text => text.Original).Concat(sorted.Select(static text => text.Translation)))
        {
            heads.AddRange([Encoding.UTF8.GetByteCount(text), at + bytes.Count]);
            bytes.AddRange([.. Encoding.UTF8.GetBytes(text), 0]);
        }

        string path = Path.Combine(folder.Root, "xx/LC_MESSAGES/libc.mo");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, [.. heads.SelectMany(BitConverter.GetBytes), .. bytes]);
    }
}
