using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>The object that compilers load first, in real programs.</summary>
public sealed class HugePagesTests : IDisposable
{
    /// <summary>
    /// Says of several mappings what the kernel holds of them: on a border of 2 MiB or not, advised or not. All are written from end to end, and
    /// a neighbour that was mapped before must not have changed.
    /// </summary>
    private const string Program = """
        #define _GNU_SOURCE
        #include <errno.h>
        #include <stdint.h>
        #include <stdio.h>
        #include <string.h>
        #include <sys/mman.h>

        static int advised(const void *p)
        {
            char line[512];
            int here = 0, yes = 0;
            FILE *maps = fopen("/proc/self/smaps", "r");
            while (fgets(line, sizeof line, maps))
            {
                unsigned long from, to;
                if (sscanf(line, "%lx-%lx ", &from, &to) == 2) here = (uintptr_t)p >= from && (uintptr_t)p < to;
                if (here && !strncmp(line, "VmFlags:", 8)) yes = strstr(line, " hg") != 0;
            }
            fclose(maps);
            return yes;
        }

        static void show(const char *name, char *p, size_t length)
        {
            memset(p, 7, length);
            printf("%s %s %s\n", name, (uintptr_t)p % 0x200000 ? "anywhere" : "border", advised(p) ? "huge" : "small");
        }

        int main(void)
        {
            const int rw = PROT_READ | PROT_WRITE, own = MAP_PRIVATE | MAP_ANONYMOUS;
            size_t lengths[] = { 0x200000, 0x201000, 0x345678, 0x600000, 0x200000 };
            char *neighbour = mmap(0, 0x1000, rw, own, -1, 0);
            memset(neighbour, 3, 0x1000);
            for (int i = 0; i < 5; i++) show("large", mmap(0, lengths[i], rw, own, -1, 0), lengths[i]);
            printf("small %d\n", advised(mmap(0, 0x1000, rw, own, -1, 0)));
            printf("unreadable %d\n", advised(mmap(0, 0x400000, PROT_NONE, own, -1, 0)));
            printf("shared %d\n", advised(mmap(0, 0x400000, rw, MAP_SHARED | MAP_ANONYMOUS, -1, 0)));
            char *wanted = (char *)0x10000001000;
            printf("placed %d\n", mmap(wanted, 0x400000, rw, own, -1, 0) == wanted && !advised(wanted));
            errno = 0;
            void *none = mmap(0, 0, rw, own, -1, 0);
            printf("empty %d %d\n", none == MAP_FAILED, errno == EINVAL);
            errno = 0;
            none = mmap(0, (size_t)1 << 60, rw, own, -1, 0);
            printf("vast %d %d\n", none == MAP_FAILED, errno == ENOMEM);
            for (int i = 0; i < 0x1000; i++) if (neighbour[i] != 3) puts("a neighbour was written");
            return 0;
        }
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;
    private readonly BubblewrapSandbox _sandbox = new(TimeProvider.System);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [NeedsHugePages]
    public async Task Memory_that_the_kernel_places_comes_in_huge_pages_and_all_else_as_ever()
    {
        using Observer observer = await PrepareAsync();
        SandboxOutcome outcome = await RunAsync(Program, command => HugePages.GiveTo(Preloaded(command, observer)));
        Assert.Equal("", Text(outcome.StandardError));
        Assert.Equal(
            [
                "large border huge", "large border huge", "large border huge", "large border huge", "large border huge",
                "small 0", "unreadable 0", "shared 0", "placed 1", "empty 1 1", "vast 1 1",
            ],
            Text(outcome.StandardOutput).Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [NeedsHugePages]
    public async Task Without_them_programs_have_small_pages()
    {
        using Observer observer = await PrepareAsync();
        SandboxOutcome outcome = await RunAsync(Program, command => Preloaded(command, observer));
        Assert.Contains("small\n", Text(outcome.StandardOutput), StringComparison.Ordinal);
        Assert.DoesNotContain("huge", Text(outcome.StandardOutput), StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_settles_its_memory_itself_stays_as_it_is()
    {
        SandboxCommand command = Command("/bin/true") with { Environment = ["GLIBC_TUNABLES=glibc.malloc.check=3"] };
        Assert.Same(command, HugePages.GiveTo(command));
        SandboxCommand near = Command("/bin/true") with { Environment = ["GLIBC_TUNABLES_OF_MINE=1"] };
        Assert.Contains("GLIBC_TUNABLES=glibc.malloc.hugetlb=1", HugePages.GiveTo(near).Environment);
    }

    private static SandboxCommand Preloaded(SandboxCommand command, Observer observer) =>
        command with { Observation = new ObservationSettings(observer, Preload: true, PreloadOptions.None) };

    private async Task<Observer> PrepareAsync() =>
        Assert.IsType<Observer>(await Observer.PrepareAsync(_folder, _folder, _sandbox, NullLogger.Instance));

    private async Task<SandboxOutcome> RunAsync(string source, Func<SandboxCommand, SandboxCommand> change)
    {
        string program = Path.Combine(_folder, "program");
        await File.WriteAllTextAsync(program + ".c", source);
        using Process compiler = Process.Start("gcc", ["-O1", "-o", program, program + ".c"]);
        await compiler.WaitForExitAsync();
        Assert.Equal(0, compiler.ExitCode);
        SandboxOutcome outcome = await _sandbox.RunAsync(change(Command(program)));
        Assert.Equal(0, outcome.ExitCode);
        return outcome;
    }

    private static SandboxCommand Command(string program) => new() { Root = "/", CommandLine = [program], WorkingDirectory = "/" };

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    /// <summary>A test that needs a kernel which gives huge pages to those that ask, and to nobody else.</summary>
    private sealed class NeedsHugePagesAttribute : FactAttribute
    {
        public NeedsHugePagesAttribute() =>
            Skip = RuntimeInformation.ProcessArchitecture != Architecture.X64 ? "Huge pages are given on x86-64 only."
                : File.Exists(HugePages.KernelSetting) && File.ReadAllText(HugePages.KernelSetting).Contains("[madvise]", StringComparison.Ordinal) ? null
                : "This kernel gives huge pages to nobody, or to everybody.";
    }
}
