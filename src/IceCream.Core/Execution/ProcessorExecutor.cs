using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>Lets a job for this machine's own processor leave with that processor's features spelled out, where the output is the same.</summary>
internal sealed class ProcessorExecutor(IJobExecutor inner, OwnProcessor processor) : IJobExecutor
{
    public async ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        if (job.Invocation is not { } invocation || invocation.Arguments.FirstOrDefault(OwnProcessor.IsOwn) is not { } flag)
        {
            return await inner.ExecuteAsync(job, cancellationToken).ConfigureAwait(false);
        }

        if (!job.CommandLine.Contains(flag))
        {
            return Stays(job, $"{flag} means this machine's processor, and stands in a response file");
        }

        if (job.IsWrapped)
        {
            return Stays(job, $"{flag} means this machine's processor, and {job.Compiler} is a wrapper, which may go by how that is said");
        }

        if (SpecsIn(invocation) is { } specs)
        {
            return Stays(job, $"{flag} means this machine's processor, and {specs} may go by how that is said");
        }

        ProcessorFlags? spelt;
        try
        {
            spelt = await processor.SpellOutAsync(job, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            return Stays(job, $"{flag} means this machine's processor, and the compiler cannot be asked for it: {e.Message}");
        }

        if (spelt is null)
        {
            return Stays(job, $"{flag} means this machine's processor, and no other flags mean the same here");
        }

        if (!spelt.IsSameCommand && CompilerFlags.FirstWith(Recording(invocation.Family), invocation.Arguments) is { } records)
        {
            return Stays(job, $"{flag} means this machine's processor, and {records} writes the flags into the output");
        }

        return await inner.ExecuteAsync(
            job with
            {
                SpeltOutBeside = spelt.Beside,
                SpeltOutWithout = path => processor.Reconsider(spelt, path),
                CommandLine = OwnProcessor.Replace(job.CommandLine, spelt.Words),
                Invocation = invocation with { Arguments = OwnProcessor.Replace(invocation.Arguments, spelt.Words) },
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <summary>The flag that names specs, which can ask for the flags of the command by their text; null when there is none.</summary>
    private static string? SpecsIn(CompilerInvocation invocation) => CompilerFlags.In(invocation.Arguments)
        .Where(static use => use.Flag.Has(FlagTraits.NamesInput) && use.Flag.Has(FlagTraits.MovesPrograms)).Select(static use => use.Word).FirstOrDefault();

    private static CompileResult Stays(CompileJob job, string detail) => CompileResult.Stays(new LocalOnlyReason(LocalOnlyKind.LocalFlag, detail), job.Timeline);

    /// <summary>The flags that make an output record the flags: GCC's debug information and LTO code always contain them, Clang's only on request.</summary>
    private static FlagTraits Recording(CompilerFamily family) =>
        FlagTraits.RecordsCommand | FlagTraits.RecordsFlags | (family == CompilerFamily.Gcc ? FlagTraits.RecordsFlagsInGcc : FlagTraits.None);
}
