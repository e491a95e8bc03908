using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>Who a compiler says it is.</summary>
/// <param name="Family">GCC or Clang.</param>
/// <param name="Version">Its version, as its own macro gives it.</param>
/// <param name="Target">The platform that it compiles for.</param>
internal sealed record CompilerIdentity(CompilerFamily Family, string Version, string Target)
{
    /// <summary>Compilers that call themselves GCC or Clang and read other files than these do.</summary>
    private static readonly string[] Strangers = ["__INTEL_COMPILER", "__INTEL_LLVM_COMPILER", "__NVCOMPILER", "__ibmxl__", "__TINYC__", "__EMSCRIPTEN__"];

    /// <summary>Asks a compiler who it is.</summary>
    /// <returns>Null when it is a wrapper, or no GCC and no Clang.</returns>
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

    /// <summary>What its report tells: the macros that it defines, and its target.</summary>
    /// <returns>Null when it is no GCC and no Clang.</returns>
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

        // Clang for the Visual Studio's platform does not call itself a GCC.
        if (Strangers.Any(macros.ContainsKey) || !(macros.ContainsKey("__GNUC__") || macros.ContainsKey("__clang__")))
        {
            return null;
        }

        CompilerFamily family = macros.ContainsKey("__clang__") ? CompilerFamily.Clang : CompilerFamily.Gcc;
        string version = macros.GetValueOrDefault(family == CompilerFamily.Clang ? "__clang_version__" : "__VERSION__", "unknown");
        return new CompilerIdentity(family, version, CompilerReport.Labelled(report.Errors, "Target: ").FirstOrDefault("an unknown target"));
    }
}
