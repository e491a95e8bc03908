using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Preprocessing;
using IceCream.Processes;

namespace IceCream.Inputs;

/// <summary>Finds the inputs of a job by asking the compiler for its dependencies, and what that answer leaves out.</summary>
internal sealed class DependencyCollector(ICompilerProbe probe, SearchFolders searchFolders, HiddenReads hiddenReads) : IInputCollector
{
    /// <inheritdoc/>
    public async ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompilerInvocation invocation = job.Invocation ?? throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        if (job.IsWrapped && !invocation.DependencyArguments.IsEmpty)
        {
            // A script may do more than compile, such as write a log, and would do that once more.
            return CollectedInputs.Stay(LocalOnlyKind.Inputs, "only the compiler could tell what it reads, and a wrapper of a compiler is not run on a source twice");
        }

        ImmutableArray<string> listed = [];
        ImmutableArray<string> folders = [];
        try
        {
            if (!invocation.DependencyArguments.IsEmpty)
            {
                ProbeAnswer answer = await probe.AskAsync(
                    job.Compiler, invocation.DependencyArguments, job.WorkingDirectory, job.Environment, cancellationToken).ConfigureAwait(false);
                if (answer.ExitCode != 0)
                {
                    return CollectedInputs.Stay(LocalOnlyKind.Inputs, answer.FirstError);
                }

                if (MakeRule.Prerequisites(answer.Output) is not { } prerequisites)
                {
                    return CollectedInputs.Stay(LocalOnlyKind.Inputs, "the compiler's dependency output is no make rule");
                }

                listed = prerequisites;
                if (await searchFolders.AskAsync(job, invocation, cancellationToken).ConfigureAwait(false) is not { } answered)
                {
                    return CollectedInputs.Stay(LocalOnlyKind.Inputs, "the compiler does not name its search folders");
                }

                folders = answered.Folders;
            }
        }
        catch (IOException e)
        {
            return CollectedInputs.Stay(LocalOnlyKind.Inputs, e.Message);
        }

        return Complete(job, invocation, listed, folders);
    }

    private CollectedInputs Complete(CompileJob job, CompilerInvocation invocation, ImmutableArray<string> listed, ImmutableArray<string> folders)
    {
        var files = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        TimePragma times = TimePragmas.In(string.Join('\n', invocation.Arguments));

        // Clang's precompiled header that the command names is read itself, whatever lies beside the header that it was made of.
        HashSet<string> named = [.. invocation.NamedInputs.Select(name => Path.Combine(job.WorkingDirectory, name))];
        foreach (string path in listed.Prepend(invocation.Source).Where(path => path != StreamWords.Nothing && !named.Contains(Path.Combine(job.WorkingDirectory, path))).Where(seen.Add))
        {
            string absolute = Path.Combine(job.WorkingDirectory, path);
            if (PrecompiledBeside(absolute) is { } precompiled && !named.Contains(precompiled))
            {
                return CollectedInputs.Stay(LocalOnlyKind.PrecompiledHeader, precompiled);
            }

            if (hiddenReads.In(absolute) is not { } hidden)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Inputs, $"{path} cannot be read");
            }

            if (hidden.Obstacle is { } obstacle)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Inputs, $"{obstacle} in {path}");
            }

            times |= hidden.TimePragma;
            if (times == TimePragma.Whole)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Inputs, $"{HiddenReads.MadePragma} in {path}");
            }

            files.Add(path);
            string ownFolder = Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder + "/" : "";
            files.AddRange(hidden.Probed
                .SelectMany(name => folders.Select(searched => $"{searched}/{name}").Prepend(name.StartsWith('/') ? name : ownFolder + name))
                .Where(candidate => Exists(Path.Combine(job.WorkingDirectory, candidate))));
        }

        files.AddRange(invocation.NamedInputs);
        return new CollectedInputs([.. files.Distinct(StringComparer.Ordinal)], [.. folders.Concat(invocation.NamedDirectories).Distinct(StringComparer.Ordinal)]);
    }

    private static string? PrecompiledBeside(string path) =>
        path.EndsWith(".gch", StringComparison.Ordinal) || path.EndsWith(".pch", StringComparison.Ordinal) ? path
        : Exists(path + ".gch") ? path + ".gch"
        : Exists(path + ".pch") ? path + ".pch"
        : null;

    private static bool Exists(string path) => Linux.Stat(path, followLinks: true, out _) == 0;
}
