using System.Collections.Concurrent;
using System.Collections.Immutable;
using IceCream.Jobs;
using IceCream.Sandboxing;

namespace IceCream.Inputs;

/// <summary>The include search folders of a command, asked from its compiler once per compiler and arguments.</summary>
internal sealed class SearchFolders(ICompilerProbe probe)
{
    private const int MostAnswers = 4096;

    private readonly ConcurrentDictionary<string, ImmutableArray<string>> _answers = new(StringComparer.Ordinal);

    /// <summary>The folders in their order, as the compiler names them; null when it does not say.</summary>
    /// <exception cref="IOException">The compiler cannot be started.</exception>
    public async ValueTask<ImmutableArray<string>?> AskAsync(CompileJob job, CompilerInvocation invocation, CancellationToken cancellationToken = default)
    {
        string key = string.Join(
            '\0', [job.Compiler, job.Toolchain?.ToString() ?? "", job.WorkingDirectory, Language(invocation.Language), .. invocation.SearchArguments, "\u0001", .. job.Environment]);
        if (_answers.TryGetValue(key, out ImmutableArray<string> known))
        {
            return known;
        }

        string[] english = [.. job.Environment.Where(static variable =>
            !variable.StartsWith("LC_", StringComparison.Ordinal) && !variable.StartsWith("LANG", StringComparison.Ordinal)), "LC_ALL=C"];
        ProbeAnswer answer = await probe.AskAsync(
            job.Compiler,
            [.. invocation.SearchArguments, "-E", "-v", "-x", Language(invocation.Language), "/dev/null", "-o", "/dev/null"],
            job.WorkingDirectory,
            english,
            cancellationToken).ConfigureAwait(false);
        int start = answer.Errors.IndexOf("#include \"...\" search starts here:", StringComparison.Ordinal);
        int end = answer.Errors.IndexOf("End of search list", StringComparison.Ordinal);
        if (answer.ExitCode != 0 || start < 0 || end < start)
        {
            return null;
        }

        ImmutableArray<string> folders = [.. answer.Errors[start..end].Split('\n').Where(static line => line.StartsWith(' ')).Select(static line => line.Trim())];
        if (_answers.Count >= MostAnswers)
        {
            _answers.Clear();
        }

        _answers[key] = folders;
        return folders;
    }

    private static string Language(SourceLanguage language) => language switch
    {
        SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx => "c++",
        SourceLanguage.ObjectiveC => "objective-c",
        SourceLanguage.ObjectiveCxx => "objective-c++",
        SourceLanguage.Assembler or SourceLanguage.AssemblerWithCpp => "assembler-with-cpp",
        _ => "c",
    };
}
