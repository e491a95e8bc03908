using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>The identity of a compiler, as it reports it.</summary>
/// <param name="Family">GCC or Clang.</param>
/// <param name="Version">Its version according to its own macro.</param>
/// <param name="Target">Its target platform.</param>
internal sealed record CompilerIdentity(CompilerFamily Family, string Version, string Target)
{
    /// <summary>Macros of compilers that claim to be GCC or Clang but read other files.</summary>
    private static readonly string[] Strangers = ["__INTEL_COMPILER", "__INTEL_LLVM_COMPILER", "__NVCOMPILER", "__ibmxl__", "__TINYC__", "__EMSCRIPTEN__"];

    /// <summary>Queries a compiler for its identity.</summary>
    /// <returns>Null when it is a wrapper, or neither GCC nor Clang.</returns>
    /// <exception cref="IOException">It cannot be started.</exception>
    public static async ValueTask<CompilerIdentity?> AskAsync(
        ICompilerProbe probe,
        string program,
        string workingDirectory,
        IReadOnlyList<string> environment,
        CancellationToken cancellationToken = default)
    {
        if (CompilerLocator.IsWrapper(program))
        {
            return null;
        }

        ProbeAnswer report = await probe
            .AskAsync(program, CompilerReport.Question("c"), workingDirectory, ProbeEnvironment.InEnglish(environment), cancellationToken).ConfigureAwait(false);
        return report.ExitCode == 0 ? Read(report) : null;
    }

    /// <summary>Derives the identity from a compiler's report: its predefined macros, and its target.</summary>
    /// <returns>Null when it is neither GCC nor Clang.</returns>
    public static CompilerIdentity? Read(ProbeAnswer report)
    {
        var macros = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in report.Output.Split('\n'))
        {
            string[] words = line.Split(' ', 3);
            if (words.Length == 3 && words[0] == "#define")
            {
                macros[words[1]] = words[2].Trim().Trim('"').Trim();
            }
        }

        // Clang for the Visual Studio platform does not define __GNUC__.
        if (Strangers.Any(macros.ContainsKey) || !(macros.ContainsKey("__GNUC__") || macros.ContainsKey("__clang__")))
        {
            return null;
        }

        CompilerFamily family = macros.ContainsKey("__clang__") ? CompilerFamily.Clang : CompilerFamily.Gcc;
        string version = macros.GetValueOrDefault(family == CompilerFamily.Clang ? "__clang_version__" : "__VERSION__", "unknown");
        return new CompilerIdentity(family, version, CompilerReport.Labelled(report.Errors, "Target: ").FirstOrDefault("an unknown target"));
    }
}
