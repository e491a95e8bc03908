using IceCream.Jobs;
using IceCream.Sandboxing;

namespace IceCream.Toolchains;

/// <summary>Who a compiler says it is.</summary>
/// <param name="Family">GCC or Clang.</param>
/// <param name="Version">Its version, as its own macro gives it.</param>
/// <param name="Target">The platform that it compiles for.</param>
internal sealed record CompilerIdentity(CompilerFamily Family, string Version, string Target)
{
    /// <summary>Compilers that call themselves GCC or Clang and read other files than these do.</summary>
    private static readonly string[] Strangers = ["__INTEL_COMPILER", "__INTEL_LLVM_COMPILER", "__NVCOMPILER", "__ibmxl__", "__TINYC__", "__EMSCRIPTEN__"];

    /// <summary>Asks a compiler for its predefined macros and its target.</summary>
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

        ProbeAnswer answer = await probe
            .AskAsync(program, ["-dM", "-E", "-x", "c", "/dev/null"], workingDirectory, environment, cancellationToken).ConfigureAwait(false);
        if (answer.ExitCode != 0)
        {
            return null;
        }

        var macros = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in answer.Output.Split('\n'))
        {
            string[] words = line.Split(' ', 3);
            if (words.Length == 3 && words[0] == "#define")
            {
                macros[words[1]] = words[2].Trim().Trim('"').Trim();
            }
        }

        if (Strangers.Any(macros.ContainsKey) || !macros.ContainsKey("__GNUC__"))
        {
            return null;
        }

        ProbeAnswer machine = await probe
            .AskAsync(program, ["-dumpmachine"], workingDirectory, environment, cancellationToken).ConfigureAwait(false);
        CompilerFamily family = macros.ContainsKey("__clang__") ? CompilerFamily.Clang : CompilerFamily.Gcc;
        string version = macros.GetValueOrDefault(family == CompilerFamily.Clang ? "__clang_version__" : "__VERSION__", "unknown");
        return new CompilerIdentity(family, version, machine.Output.Trim());
    }
}
