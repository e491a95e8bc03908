using IceCream.Jobs;

namespace IceCream.Inputs;

/// <summary>Folders that a job needs though no flag names them.</summary>
internal static class JobFolders
{
    private const string Variable = "PWD=";

    /// <summary>There, paths mean something else to each process that walks them; the kernel of the worker makes them anew.</summary>
    private const string OfProcess = "/proc/";

    extension(CompileJob job)
    {
        /// <summary>
        /// The working directory as the environment tells it. Compilers write that into debug information when it leads to the working
        /// directory, so it must lead there at the worker too. What leads through <c>/proc</c> does so everywhere.
        /// </summary>
        public IEnumerable<string> ToldFolders() => job.Environment
            .Where(static variable => variable.StartsWith(Variable + "/", StringComparison.Ordinal))
            .Select(static variable => variable[Variable.Length..])
            .Where(told => told != job.WorkingDirectory && !told.StartsWith(OfProcess, StringComparison.Ordinal));
    }
}
