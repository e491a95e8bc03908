using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.FileSystem;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Preprocessing;
using IceCream.Processes;

namespace IceCream.Inputs;

/// <summary>Finds the inputs of a job with the compiler's dependency output, and adds the files that this output omits.</summary>
internal sealed class DependencyCollector(ICompilerProbe probe, SearchFolders searchFolders, SourceReader sources) : IInputCollector
{
    /// <inheritdoc/>
    public async ValueTask<CollectedInputs> CollectAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompilerInvocation invocation = job.Invocation ?? throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        if (job.IsWrapped && !invocation.DependencyArguments.IsEmpty)
        {
            // A wrapper script may do more than compile, such as write a log, and would repeat that.
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
        if (invocation.Arguments.Any(static argument => argument.Contains("__has_include", StringComparison.Ordinal) || argument.Contains("__has_embed", StringComparison.Ordinal)))
        {
            return CollectedInputs.Stay(LocalOnlyKind.Inputs, "a macro of the command line that asks for files");
        }

        TimePragma times = TimePragmas.In(string.Join('\n', invocation.Arguments));

        // A Clang precompiled header named by the command is read itself, whatever is beside the header that it was made from.
        HashSet<string> named = [.. invocation.NamedInputs.Select(name => Path.Combine(job.WorkingDirectory, name))];
        foreach (string path in listed.Prepend(invocation.Source).Where(path => path != StreamWords.Nothing && !named.Contains(Path.Combine(job.WorkingDirectory, path))).Where(seen.Add))
        {
            string absolute = Path.Combine(job.WorkingDirectory, path);
            if (PrecompiledBeside(absolute) is { } precompiled && !named.Contains(precompiled))
            {
                return CollectedInputs.Stay(LocalOnlyKind.PrecompiledHeader, precompiled);
            }

            if (sources.Read(absolute) is not { } directives)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Inputs, $"{path} cannot be read");
            }

            if (DoubtIn(directives) is { } doubt)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Inputs, $"{doubt} in {path}");
            }

            times |= directives.TimePragma;
            if (times == TimePragma.Whole)
            {
                return CollectedInputs.Stay(LocalOnlyKind.Inputs, $"{TimePragmas.MadeByMacros} in {path}");
            }

            files.Add(path);
            string ownFolder = Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder + "/" : "";
            files.AddRange(directives.Includes.Where(static include => include.Kind == IncludeKind.Probe).Select(static include => include.Text)
                .SelectMany(name => folders.Select(searched => $"{searched}/{name}").Prepend(name.StartsWith('/') ? name : ownFolder + name))
                .Where(candidate => Exists(Path.Combine(job.WorkingDirectory, candidate))));
        }

        files.AddRange(invocation.NamedInputs);
        return new CollectedInputs([.. files.Distinct(StringComparer.Ordinal)], [.. folders.Concat(invocation.NamedDirectories).Distinct(StringComparer.Ordinal)]);
    }

    /// <summary>
    /// The first file access of a source that the compiler's dependency output omits and that the source text alone does not determine; null when
    /// there is none.
    /// </summary>
    private static string? DoubtIn(SourceDirectives directives)
    {
        if (directives.Doubt is { } doubt)
        {
            return doubt;
        }

        if (!directives.ProbeMacros.IsEmpty)
        {
            return $"a macro that asks for files ({directives.ProbeMacros[0]})";
        }

        foreach (IncludeDirective include in directives.Includes)
        {
            switch (include)
            {
                case { Kind: IncludeKind.Data or IncludeKind.Assembler }:
                    return $"'{include.Text}', which #embed, .incbin or .include reads,";
                case { Kind: IncludeKind.Probe, Form: IncludeForm.Computed }:
                    return $"__has_include({include.Text}), whose name a macro makes,";
            }
        }

        return null;
    }

    private static string? PrecompiledBeside(string path) =>
        path.EndsWith(".gch", StringComparison.Ordinal) || path.EndsWith(".pch", StringComparison.Ordinal) ? path
        : Exists(path + ".gch") ? path + ".gch"
        : Exists(path + ".pch") ? path + ".pch"
        : null;

    private static bool Exists(string path) => Linux.Stat(path, followLinks: true, out _) == 0;
}
