using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Toolchains;
using IceCream.Toolchains.Wrappers;

namespace IceCream.Execution;

/// <summary>Parses the command line of a job, and determines its outputs.</summary>
internal sealed class ReadExecutor(IJobExecutor inner, CompilerFamilies families, WrapperVariables variables, TimeProvider time) : IJobExecutor
{
    private const int LongestResponseFile = 16 << 20;
    private const int OwnerWrites = 0b010_000_000, OwnerReadsAndWrites = 0b110_000_000;

    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        long since = time.GetTimestamp();
        CompileJob read = await ReadAsync(variables.Complete(job), cancellationToken).ConfigureAwait(false);
        return await inner.ExecuteAsync(
            read with { Timeline = job.Timeline.With(JobStep.Read, time.GetElapsedTime(since)) }, cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<CompileJob> ReadAsync(CompileJob job, CancellationToken cancellationToken)
    {
        if (job.LocalOnly is not null)
        {
            return job;
        }

        CompilerFamily family;
        try
        {
            if (await families.FindAsync(job, cancellationToken).ConfigureAwait(false) is not { } found)
            {
                return job with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.UnknownCompiler, job.Compiler) };
            }

            family = found;
        }
        catch (IOException e)
        {
            return job with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.UnknownCompiler, job.Compiler) { Effect = $"does not say what it is: {e.Message}" } };
        }

        CommandLineReading reading = CommandLineReader.Read(job.CommandLine, family, job.WorkingDirectory, ReadResponseFile);
        job = job with { Subject = reading.Subject };
        if (reading.Invocation is not { } invocation)
        {
            return job with { LocalOnly = reading.LocalOnly };
        }

        if (invocation.Source == StreamWords.Nothing)
        {
            // Makefiles and configure scripts probe the compiler's flags in this way.
            return job with { LocalOnly = new LocalOnlyReason(LocalOnlyKind.NotACompile, StreamWords.Nothing) { Effect = "is compiled to ask about flags" } };
        }

        // A missing file may be looked up elsewhere, as for a specs file, or be a mistake; the compiler decides. A folder of profiles is not an
        // input itself: its files are observed when they are read.
        ILookup<bool?, string> named = invocation.NamedInputs.ToLookup(
            name => Linux.Stat(Path.Combine(job.WorkingDirectory, name), followLinks: true, out FileStatus status) == 0 ? status.IsDirectory : (bool?)null);
        invocation = invocation with
        {
            NamedInputs = [.. named[false]],
            NamedDirectories = [.. invocation.NamedDirectories.Union(named[true], StringComparer.Ordinal)],
        };
        if ((ReasonToStayBySource(job, invocation) ?? CompilerVariables.ReasonToStay(job.Environment) ?? WorkingDirectories.ReasonToStay(job)
            ?? ReasonToStayByUmask(job.Umask)) is { } reason)
        {
            return job with { LocalOnly = reason };
        }

        var outputs = ImmutableArray.CreateBuilder<JobOutput>(invocation.Outputs.Length);
        foreach (string output in invocation.Outputs)
        {
            string typed = Path.Combine(job.WorkingDirectory, output);
            string path = Path.GetFullPath(typed);
            if (((path == typed ? null : ReasonToStayByWay(output, typed, path)) ?? ReasonToStayByLinks(output, path, job.WorkingDirectory)) is { } way)
            {
                return job with { LocalOnly = way };
            }

            if (path != typed)
            {
                // The worker needs the folders that a ".." leaves.
                invocation = invocation with { NamedDirectories = invocation.NamedDirectories.Add(FolderOf(typed)) };
            }

            if (ReasonToStayByOutput(output, path, out bool exists, out bool empty) is { } place)
            {
                return job with { LocalOnly = place };
            }

            outputs.Add(new JobOutput(path, exists, empty));
        }

        return job with { Invocation = invocation, Outputs = outputs.DrainToImmutable() };
    }

    /// <summary>Why a job stays because of an input that the command names: the data of a pipe can be read only once, by the compiler.</summary>
    private static LocalOnlyReason? ReasonToStayBySource(CompileJob job, CompilerInvocation invocation)
    {
        if (invocation.NamedInputs.Prepend(invocation.Source).FirstOrDefault(
            name => Linux.Stat(Path.Combine(job.WorkingDirectory, name), followLinks: true, out FileStatus status) == 0 && !status.IsRegular && !status.IsDirectory) is { } special)
        {
            return new LocalOnlyReason(LocalOnlyKind.Stream, $"{special} is no regular file");
        }

        // The compiler itself reports a missing source best.
        return Linux.Stat(Path.Combine(job.WorkingDirectory, invocation.Source), followLinks: true, out FileStatus source) == 0 && source.IsRegular
            ? null : new LocalOnlyReason(LocalOnlyKind.Inputs, $"{invocation.Source} is no file");
    }

    /// <summary>Why an output path with ".." does not denote the file that its normalised text names.</summary>
    private static LocalOnlyReason? ReasonToStayByWay(string output, string typed, string path) =>
        Linux.Stat(FolderOf(typed), followLinks: true, out FileStatus there) != 0 ? ByOutput(output, "lies in a folder that does not exist")
        : Linux.Stat(FolderOf(path), followLinks: true, out FileStatus here) == 0 && (there.Device, there.Inode) == (here.Device, here.Inode) ? null
        : ByOutput(output, "goes up from behind a symbolic link");

    /// <summary>Why an output path denotes another file for this process than for the compiler: a folder in it is a link that depends on the process.</summary>
    private static LocalOnlyReason? ReasonToStayByLinks(string output, string path, string workingDirectory)
    {
        // The working directory contains no links.
        int known = path.StartsWith(workingDirectory + "/", StringComparison.Ordinal) ? workingDirectory.Length : 0;
        for (string folder = FolderOf(path); folder.Length > Math.Max(known, 1); folder = FolderOf(folder))
        {
            if (Linux.Stat(folder, followLinks: false, out FileStatus status) == 0 && status.IsLink && ProcessLinks.IsOne(folder))
            {
                return ByOutput(output, "goes through a symbolic link that leads each process elsewhere");
            }
        }

        return null;
    }

    /// <summary>
    /// The programs of a compiler pass files to one another. Without permissions for the owner only the superuser could read them, who has no special
    /// rights on a worker.
    /// </summary>
    private static LocalOnlyReason? ReasonToStayByUmask(int umask) => (umask & OwnerReadsAndWrites) == 0 ? null
        : new LocalOnlyReason(LocalOnlyKind.LocalFlag, $"umask {Convert.ToString(umask, 8).PadLeft(4, '0')}") { Effect = "takes the rights of what it writes from their owner" };

    private static LocalOnlyReason ByOutput(string output, string what) => new(LocalOnlyKind.Output, $"{output} {what}");

    private static string FolderOf(string path) => path.LastIndexOf('/') is > 0 and int slash ? path[..slash] : "/";

    /// <summary>Why the compiler itself should write an output: it knows how to report problems with such places, and how to write to them.</summary>
    private static LocalOnlyReason? ReasonToStayByOutput(string output, string path, out bool exists, out bool empty)
    {
        exists = empty = false;
        if (FolderOf(path) == "/")
        {
            return ByOutput(output, "would be written in /, where no worker lets a compiler write");
        }

        exists = Linux.Stat(path, followLinks: false, out FileStatus status) == 0;
        empty = exists && status.Length == 0;
        if (!exists)
        {
            string folder = Path.GetDirectoryName(path) ?? "/";
            return Linux.Stat(folder, followLinks: true, out FileStatus holder) == 0 && holder.IsDirectory ? null
                : ByOutput(output, "lies in a folder that does not exist");
        }

        return status switch
        {
            { IsLink: true } => ByOutput(output, "is a symbolic link"),
            { IsRegular: false } => ByOutput(output, "is no regular file"),
            _ when (status.Permissions & OwnerWrites) == 0 => ByOutput(output, "is read-only"),
            _ => null,
        };
    }

    private static string? ReadResponseFile(string path)
    {
        try
        {
            return Linux.Stat(path, followLinks: true, out FileStatus status) == 0 && status.IsRegular && status.Length <= LongestResponseFile
                ? new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Linux.ReadAllBytes(path))
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // The file cannot be read, or contains more text than this process can hold. The caller turns that into a reason.
            return null;
        }
    }
}
