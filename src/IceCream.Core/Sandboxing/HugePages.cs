using System.Runtime.InteropServices;
using System.Text;
using IceCream.Jobs;
using Microsoft.Extensions.Logging;

namespace IceCream.Sandboxing;

/// <summary>
/// Gives the memory of compilers in huge pages (2 MiB, where the kernel has them). A compiler fills hundreds of megabytes that it asks for
/// a moment before, and each small page of them costs it a fault: a tenth to a quarter of a compile. What it computes stays the same.
/// </summary>
/// <remarks>
/// Two ways in, for there are two kinds of compilers' memory: <c>glibc.malloc.hugetlb=1</c> (glibc 2.35 and later) for that of the C library,
/// which is all of Clang's, and an object that is loaded first (<see cref="HugePageMapping"/>) for that which GCC's collector maps itself.
/// </remarks>
internal sealed partial class HugePages
{
    /// <summary>Where the kernel says, and is told, for whom huge pages are: <c>always [madvise] never</c>.</summary>
    public const string KernelSetting = "/sys/kernel/mm/transparent_hugepage/enabled";

    private const string Tunables = "GLIBC_TUNABLES", Preload = "LD_PRELOAD";

    private readonly string _preload;

    private HugePages(string preload) => _preload = preload;

    /// <summary>Whether the kernel gives huge pages to those that ask.</summary>
    public static bool AreGiven() => File.Exists(KernelSetting) && !File.ReadAllText(KernelSetting).Contains("[never]", StringComparison.Ordinal);

    /// <summary>Prepares a machine for giving them, and tries it on a harmless command.</summary>
    /// <param name="folder">An existing folder, where the object that is loaded first is left.</param>
    /// <param name="sandbox">Where commands will run.</param>
    /// <param name="logger">Where it is noted that the trial failed.</param>
    /// <param name="cancellationToken">Ends the trial.</param>
    /// <returns>Null where nothing is to be had: another processor than x86-64, a kernel that gives no huge pages, a trial that failed.</returns>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    public static async ValueTask<HugePages?> PrepareAsync(string folder, ISandbox sandbox, ILogger logger, CancellationToken cancellationToken = default)
    {
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64 || !AreGiven())
        {
            return null;
        }

        string path = Path.Combine(folder, "huge-pages.so");
        await File.WriteAllBytesAsync(path, SharedObject.OfHugePages(), cancellationToken).ConfigureAwait(false);
        var pages = new HugePages(path);
        var harmless = new SandboxCommand { Root = "/", CommandLine = ["/bin/sh", "-c", ":"], WorkingDirectory = "/" };
        string? obstacle;
        try
        {
            SandboxOutcome outcome = await sandbox.RunAsync(pages.GiveTo(harmless), cancellationToken).ConfigureAwait(false);
            obstacle = outcome.ExitCode == 0 && outcome.StandardError.IsEmpty ? null
                : $"a harmless command ended with {outcome.ExitCode} and said '{Encoding.UTF8.GetString(outcome.StandardError.Span).Trim()}'";
        }
        catch (SandboxException exception)
        {
            obstacle = exception.Message;
        }

        if (obstacle is not null)
        {
            LogWithout(logger, obstacle);
        }

        return obstacle is null ? pages : null;
    }

    /// <summary>Whether programs can have their memory so: they are for the x86-64 loader of glibc, and for no other.</summary>
    /// <remarks>
    /// A loader of another kind says aloud that it cannot load what is not made for it, and its words would be taken for the compiler's. A compiler
    /// that was built with a sanitizer runs only when that is loaded first.
    /// </remarks>
    /// <param name="programs">The tree that the programs are from.</param>
    public static bool Suit(FileTree programs)
    {
        bool found = false;
        foreach (string path in programs.Files.Select(static file => file.Path).Concat(programs.Links.Select(static link => link.Path)))
        {
            ReadOnlySpan<char> name = path.AsSpan(path.LastIndexOf('/') + 1);
            if (name.SequenceEqual("ld-linux-x86-64.so.2"))
            {
                found = true;
            }
            else if (IsOtherLoader(name) || IsSanitizer(name))
            {
                return false;
            }
        }

        return found;
    }

    /// <summary>The command with its memory in huge pages. One that settles such matters by itself in its environment stays as it is.</summary>
    public SandboxCommand GiveTo(SandboxCommand command) =>
        Sets(command, Tunables) || Sets(command, Preload)
            ? command
            : command with { Preload = _preload, Environment = command.Environment.Add($"{Tunables}=glibc.malloc.hugetlb=1") };

    private static bool IsOtherLoader(ReadOnlySpan<char> name) =>
        (name.StartsWith("ld-linux") && name.Contains(".so", StringComparison.Ordinal)) || name.StartsWith("ld-musl");

    private static bool IsSanitizer(ReadOnlySpan<char> name) =>
        name.StartsWith("libclang_rt.") || (name.StartsWith("lib") && name.Contains("san.so", StringComparison.Ordinal));

    private static bool Sets(SandboxCommand command, string name) =>
        command.Environment.Any(variable => variable.StartsWith(name, StringComparison.Ordinal) && variable.AsSpan(name.Length).StartsWith("="));

    [LoggerMessage(Diagnostics.EventIds.NoHugePages, LogLevel.Information, "Compiles get no huge pages: {Obstacle}.")]
    private static partial void LogWithout(ILogger logger, string obstacle);
}
