using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Preprocessing;
using IceCream.Processes;

namespace IceCream.Inputs;

/// <summary>The include search folders of a command, queried once per compiler and arguments. Thread-safe.</summary>
internal sealed class SearchFolders(ICompilerProbe probe)
{
    private const int MostAnswers = 4096;
    private const int Attempts = 3;

    /// <summary>The most sets of a compiler's own macros: one for each compiler and its flags for language, processor and optimization.</summary>
    private const int MostPredefined = 256;

    private readonly ConcurrentDictionary<string, Lazy<Task<Answer?>>> _answers = new(StringComparer.Ordinal);

    // A build with a thousand folders has a thousand answers with the same macros, each of which would be kept, and searched for each computed include.
    private readonly ConcurrentDictionary<Digest, SourceDirectives> _predefined = new();

    /// <summary>The same for a visit, which then also depends on the folders that the compiler ignored; null also when they keep changing.</summary>
    /// <exception cref="IOException">The compiler cannot be started.</exception>
    public async ValueTask<SearchPath?> AskAsync(CompileJob job, CompilerInvocation invocation, InputVisit visit, CancellationToken cancellationToken)
    {
        SearchPath? search = await AskAsync(job, invocation, cancellationToken).ConfigureAwait(false);
        if (search is null or { LeftOut.IsEmpty: true })
        {
            return search;
        }

        foreach (string folder in search.LeftOut)
        {
            visit.At(folder).Exists(visit);
        }

        // The visit must have seen the folders in the state in which the compiler saw them.
        return ReferenceEquals(search, await AskAsync(job, invocation, cancellationToken).ConfigureAwait(false)) ? search : null;
    }

    /// <summary>The folders in their order, as the compiler names them; null when it does not report them, or when they change at each check.</summary>
    /// <remarks>The first jobs of a build ask concurrently: the compiler is run once, and the others wait for its answer.</remarks>
    /// <exception cref="IOException">The compiler cannot be started.</exception>
    public async ValueTask<SearchPath?> AskAsync(CompileJob job, CompilerInvocation invocation, CancellationToken cancellationToken = default)
    {
        string[] arguments = [.. WithoutMacros(invocation.SearchArguments), "-E", "-dM", "-v", "-x", SourceLanguages.NameBeforeCpp(invocation.Language), "/dev/null"];
        string key = string.Join('\0', [job.Compiler, job.Toolchain?.ToString() ?? "", job.WorkingDirectory, .. arguments, .. job.Environment]);
        if (_answers.Count >= MostAnswers)
        {
            _answers.Clear();
        }

        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            Lazy<Task<Answer?>> asking = _answers.GetOrAdd(key, _ => new Lazy<Task<Answer?>>(() => AskCompilerAsync(job, arguments)));
            Answer? answer;
            try
            {
                answer = await asking.Value.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (asking.Value.IsFaulted)
            {
                Forget(key, asking);
                throw;
            }

            if (answer is not null && answer.LeftOut.All(static folder => folder.IsUnchanged()))
            {
                return answer.Path;
            }

            Forget(key, asking);
            if (answer is null)
            {
                return null;
            }
        }

        return null;
    }

    private void Forget(string key, Lazy<Task<Answer?>> asking) => _answers.TryRemove(KeyValuePair.Create(key, asking));

    /// <summary>Queries the compiler for all waiting jobs. It continues when one of them is cancelled.</summary>
    private async Task<Answer?> AskCompilerAsync(CompileJob job, string[] arguments)
    {
        ProbeAnswer answer = await probe
            .AskAsync(job.Compiler, arguments, job.WorkingDirectory, ProbeEnvironment.InEnglish(job.Environment), CancellationToken.None).ConfigureAwait(false);
        if (answer.ExitCode != 0 || Read(answer) is not { } path)
        {
            return null;
        }

        LeftOutFolder[] leftOut = [.. LeftOut(answer.Errors).Select(folder => LeftOutFolder.Look(Path.Combine(job.WorkingDirectory, folder.Name), folder.IsMissing))];
        return new Answer(path with { LeftOut = [.. leftOut.Select(static folder => folder.Path)] }, [.. leftOut]);
    }

    private SourceDirectives ReadPredefined(string macros)
    {
        byte[] text = Encoding.UTF8.GetBytes(macros);
        if (_predefined.Count >= MostPredefined)
        {
            _predefined.Clear();
        }

        return _predefined.GetOrAdd(Digest.Of(text), static (_, read) => DirectiveReader.Read(read), text);
    }

    private SearchPath? Read(ProbeAnswer answer)
    {
        string said = answer.Errors;
        int quoted = said.IndexOf("#include \"...\" search starts here:", StringComparison.Ordinal);
        int angled = said.IndexOf("#include <...> search starts here:", StringComparison.Ordinal);
        int end = said.IndexOf("End of search list", StringComparison.Ordinal);
        if (quoted < 0 || angled < quoted || end < angled)
        {
            return null;
        }

        string? doubt = said[quoted..end].Contains("(framework directory)", StringComparison.Ordinal) || said[quoted..end].Contains("(headermap)", StringComparison.Ordinal)
            ? "frameworks or header maps are searched"
            : said[quoted..end].Contains('\uFFFD', StringComparison.Ordinal) ? "a search folder's name is not UTF-8"
            : said.Contains(" -include", StringComparison.Ordinal) || said.Contains("\"-include", StringComparison.Ordinal)
                || said.Contains(" -imacros ", StringComparison.Ordinal) || said.Contains("Configuration file:", StringComparison.Ordinal)
                ? "the compiler adds includes of its own" : null;
        return new SearchPath(
            Folders(said[quoted..angled]), Folders(said[angled..end]), ReadPredefined(answer.Output), doubt);
    }

    private static ImmutableArray<string> Folders(string list) =>
        [.. list.Split('\n').Where(static line => line.StartsWith(' ')).Select(static line => line[1..].TrimEnd('\r'))];

    /// <summary>Folders that the compiler was told to search and ignores: missing ones may be created later, duplicates may become distinct.</summary>
    private static IEnumerable<(string Name, bool IsMissing)> LeftOut(string said)
    {
        foreach (string line in said.Split('\n').Where(static line => line.StartsWith("ignoring ", StringComparison.Ordinal)))
        {
            int start = line.IndexOf('"', StringComparison.Ordinal) + 1;
            int end = line.LastIndexOf('"');
            if (start > 0 && end > start)
            {
                yield return (line[start..end], line.StartsWith("ignoring nonexistent", StringComparison.Ordinal));
            }
        }
    }

    /// <summary>Removes macros, which change no search folder and differ between most sources.</summary>
    private static IEnumerable<string> WithoutMacros(ImmutableArray<string> arguments) =>
        CompilerFlags.In(arguments).Where(static use => !use.Flag.Has(FlagTraits.MacrosOnly)).SelectMany(static use => use.Words);

    private sealed record Answer(SearchPath Path, ImmutableArray<LeftOutFolder> LeftOut);

    /// <summary>A folder that the compiler ignored, in its state at the time of the answer.</summary>
    private sealed record LeftOutFolder(string Path, bool Exists, bool IsObscure, ulong Device, ulong Inode)
    {
        /// <param name="path">Absolute.</param>
        /// <param name="missing">Whether the compiler reported it as missing. If it exists by now, the answer counts as outdated already.</param>
        public static LeftOutFolder Look(string path, bool missing)
        {
            LeftOutFolder now = Now(path);
            return missing && now.Exists ? new LeftOutFolder(path, false, false, 0, 0) : now;
        }

        public bool IsUnchanged() => Now(Path) == this;

        private static LeftOutFolder Now(string path)
        {
            int error = Linux.Stat(path, followLinks: true, out FileStatus status);
            return error == 0 && status.IsDirectory
                ? new LeftOutFolder(path, true, false, status.Device, status.Inode)
                : new LeftOutFolder(path, false, error is not (0 or Linux.ENOENT or Linux.ENOTDIR), 0, 0);
        }
    }
}
