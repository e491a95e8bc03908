using System.Runtime.InteropServices;
using IceCream.Benchmarks.Identity.Random;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity;

/// <summary>Compiles real code here and on a farm of native programs, and compares every byte that came of it.</summary>
internal static class IdentityFigures
{
    private const int Unfit = 2, Interrupted = 130;

    /// <returns>The exit code: 0, 1 when anything differs or fails to compile, 2 when this machine cannot do it.</returns>
    public static async Task<int> PrintAsync(string[] arguments, TextWriter output, TextWriter errors)
    {
        using var ending = new CancellationTokenSource();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End), termination = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        try
        {
            if (arguments.Contains(RandomOptions.Word))
            {
                return await new RandomFigures(RandomOptions.Parse(arguments), output).RunAsync(ending.Token) ? 0 : 1;
            }

            IdentityOptions options = IdentityOptions.Parse(arguments);
            string[] compilers = [.. options.Variants.Select(Variant.Find).SelectMany(static variant => new[] { variant.C, variant.CPlusPlus })];
            if (compilers.FirstOrDefault(static compiler => Tool.Find(compiler) is null) is { } missing)
            {
                throw new UnfitException($"The program '{missing}' is missing: install g++ and clang.");
            }

            var rows = new List<IdentityRow>();
            var lacks = new List<string>();
            IdentityReport.Begin(output);
            foreach (string name in options.Corpora)
            {
                IAsyncEnumerable<IdentityRow> results = name == KernelTree.Name
                    ? new KernelTree(options).CompareAsync(ending.Token)
                    : new CorpusComparison(Corpus.Find(name), options).CompareAsync(ending.Token);
                try
                {
                    await foreach (IdentityRow row in results)
                    {
                        rows.Add(row);
                        IdentityReport.Write(output, row);
                        await output.FlushAsync(ending.Token);
                    }
                }
                catch (UnfitException e)
                {
                    // The others can still be compared.
                    lacks.Add($"{name}: {e.Message}");
                }
            }

            IdentityReport.End(output, rows);
            lacks.ForEach(lack => errors.WriteLine($"identity: {lack}"));
            return rows.Exists(static row => !row.IsGood) ? 1 : lacks.Count > 0 ? Unfit : 0;
        }
        catch (Exception e) when (e is ArgumentException or UnfitException)
        {
            errors.WriteLine($"identity: {e.Message}");
            return Unfit;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            errors.WriteLine("identity: interrupted; the farm is gone.");
            return Interrupted;
        }

        void End(PosixSignalContext context)
        {
            // The farm is taken down first.
            context.Cancel = true;
            ending.Cancel();
        }
    }
}
