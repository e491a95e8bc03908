using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Caching;

/// <summary>
/// The first step of a result's key: all that decides a compile apart from the files that it finds. It is made of what travels to a worker and of nothing else, so that a worker
/// makes the same by itself. What is in it, and why, stands in <c>docs/cache.md</c>.
/// </summary>
internal static class CommandKey
{
    /// <summary>Counts up with every change of what goes in, or of what a record means: programs of two versions never read one another's.</summary>
    public const string Version = "icecream result 2";

    private const string Preload = "LD_PRELOAD=", Zone = "TZ=", Told = "PWD=";

    /// <summary>Names a command.</summary>
    /// <param name="job">The job.</param>
    /// <param name="parts">What goes in: all of it, but for tests.</param>
    public static Digest Of(CompileJob job, KeyPart parts = KeyPart.All)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, Version);
        if (parts.HasFlag(KeyPart.Compiler))
        {
            Add(hash, job.Compiler);
        }

        if (parts.HasFlag(KeyPart.WorkingDirectory))
        {
            Add(hash, job.WorkingDirectory);
        }

        if (parts.HasFlag(KeyPart.Words))
        {
            AddAll(hash, job.CommandLine);
        }

        if (parts.HasFlag(KeyPart.Environment))
        {
            // Shells list them in any order. Of two with one name the first counts, and the order of those stays.
            AddAll(hash, [.. job.Environment.OrderBy(static variable => variable.Split('=', 2)[0], StringComparer.Ordinal)]);
        }

        if (parts.HasFlag(KeyPart.Umask))
        {
            Add(hash, $"umask {job.Umask}");
        }

        if (parts.HasFlag(KeyPart.Terminal))
        {
            Add(hash, $"terminal {job.IsTerminal}");
        }

        if (parts.HasFlag(KeyPart.Outputs))
        {
            AddAll(hash, [.. job.Outputs.Select(static output => output.Path)]);
        }

        return new Digest(hash.GetHashAndReset());
    }

    /// <summary>Why a job has no key; null when it has one. What is in doubt is compiled.</summary>
    public static string? ObjectionTo(CompileJob job) =>
        job.Invocation is null ? "its command is not understood"
        : job.IsWrapped ? "its compiler is a wrapper, which may obey what no key holds"
        : job.Environment.Any(static variable => variable.StartsWith(Preload, StringComparison.Ordinal)) ? "LD_PRELOAD puts a library into the compiler"
        : job.Environment.Any(static variable => variable.StartsWith(Zone, StringComparison.Ordinal) && variable.Contains('/', StringComparison.Ordinal))
            && !job.Environment.Any(static variable => variable.StartsWith("SOURCE_DATE_EPOCH=", StringComparison.Ordinal))
            ? "TZ names a file, by which the use of the clock cannot be seen"
        : job.Environment.Any(static variable => variable.StartsWith(Told + "/proc/", StringComparison.Ordinal)) ? "PWD leads through /proc"
        : job.Outputs.FirstOrDefault(static output => !IsPlain(output)) is { Path.Length: > 0 } ? "an output lies where a file has other names or another owner"
        : null;

    /// <summary>Whether a file is put there as easily as over it: nothing there, or a file of this user's own with one name.</summary>
    private static bool IsPlain(JobOutput output) =>
        Linux.Stat(output.Path, followLinks: false, out FileStatus status) != 0
        || (status is { IsRegular: true, Links: 1 } && status.Owner == Linux.EffectiveUser());

    private static void AddAll(IncrementalHash hash, ImmutableArray<string> texts)
    {
        hash.AppendData(BitConverter.GetBytes(texts.Length));
        foreach (string text in texts)
        {
            Add(hash, text);
        }
    }

    /// <summary>Each text with its length: no two lists of texts make the same bytes.</summary>
    private static void Add(IncrementalHash hash, string text)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        byte[] bytes = ArrayPool<byte>.Shared.Rent(sizeof(int) + length);
        BitConverter.TryWriteBytes(bytes, length);
        Encoding.UTF8.GetBytes(text, bytes.AsSpan(sizeof(int)));
        hash.AppendData(bytes, 0, sizeof(int) + length);
        ArrayPool<byte>.Shared.Return(bytes);
    }
}
