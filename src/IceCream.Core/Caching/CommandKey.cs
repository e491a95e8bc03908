using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using IceCream.Jobs;
using IceCream.Platform;

namespace IceCream.Caching;

/// <summary>
/// The first stage of the cache key: everything that determines a compile except the files that it reads. It is computed only from what is sent to a
/// worker, so that a worker can compute it itself. <c>docs/cache.md</c> lists the parts and their reasons.
/// </summary>
internal static class CommandKey
{
    /// <summary>
    /// The version of the key's parts and of the record's meaning. It is incremented with every change, so that two versions of the program never
    /// read each other's records.
    /// </summary>
    public const string Version = "icecream result 2";

    private const string Preload = "LD_PRELOAD=", Zone = "TZ=", Zones = "/zoneinfo/", Told = "PWD=";

    /// <summary>Computes the key of a command.</summary>
    /// <param name="job">The job.</param>
    /// <param name="parts">The parts that are included: all of them, except in tests.</param>
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
            // Shells list variables in any order. Of two with the same name the first counts, so the sort keeps their order.
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

    /// <summary>Why a job has no cache key; null when it has one. A job in doubt is compiled.</summary>
    public static string? DoubtAbout(CompileJob job) =>
        job.Invocation is null ? "its command is not understood"
        : job.IsWrapped ? "its compiler is a wrapper, which may obey what no key holds"
        : job.Environment.Any(static variable => variable.StartsWith(Preload, StringComparison.Ordinal)) ? "LD_PRELOAD puts a library into the compiler"
        : job.Environment.Any(HidesZone) ? "TZ names a file, by which the use of the clock cannot be seen"
        : job.Environment.Any(static variable => variable.StartsWith(Told + "/proc/", StringComparison.Ordinal)) ? "PWD leads through /proc"
        : job.Outputs.FirstOrDefault(output => !IsPlain(output, job.Group)) is { Path.Length: > 0 } ? "an output lies where a file has other names or another owner"
        : null;

    /// <summary>
    /// Whether replacing the file is equivalent to writing into it: it does not exist, or is a regular file of this user with one hard link. A command with
    /// another group than this process's follows commands without it, so the file's group has to be the same too.
    /// </summary>
    private static bool IsPlain(JobOutput output, uint? group) =>
        Linux.Stat(output.Path, followLinks: false, out FileStatus status) != 0
        || (status is { IsRegular: true, Links: 1 } && status.Owner == Linux.EffectiveUser() && (group is null || status.Group == group));

    /// <summary>
    /// Whether a variable is a <c>TZ</c> whose file an observer cannot know for one of time zones. The name of a zone, such as <c>Europe/Berlin</c>, is looked for
    /// in the folder of zones, which tells that the clock is read. With <c>SOURCE_DATE_EPOCH</c> it is in doubt too: older compilers do not know that variable.
    /// </summary>
    private static bool HidesZone(string variable)
    {
        if (!variable.StartsWith(Zone, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> name = variable.AsSpan(Zone.Length).TrimStart(':');
        return name.Contains("..", StringComparison.Ordinal) || (name.StartsWith('/') && !name.Contains(Zones, StringComparison.Ordinal));
    }

    private static void AddAll(IncrementalHash hash, ImmutableArray<string> texts)
    {
        hash.AppendData(BitConverter.GetBytes(texts.Length));
        foreach (string text in texts)
        {
            Add(hash, text);
        }
    }

    /// <summary>Adds a text with its length, so that no two lists of texts give the same bytes.</summary>
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
