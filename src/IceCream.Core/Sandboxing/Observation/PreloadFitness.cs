using System.Runtime.InteropServices;
using IceCream.Jobs;

namespace IceCream.Sandboxing.Observation;

/// <summary>Decides which programs can load the preload object.</summary>
/// <remarks>
/// A loader for another processor prints an error about an object that it cannot load, which would be taken for the compiler's output. A
/// compiler built with a sanitizer runs only when the sanitizer's library is loaded first.
/// </remarks>
internal static class PreloadFitness
{
    private static readonly string Own = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86-64";

    /// <summary>Whether the dynamic programs of a tree use only a loader for this machine's processor.</summary>
    public static bool Fits(FileTree programs)
    {
        bool found = false;
        foreach (string path in programs.Files.Select(static file => file.Path).Concat(programs.Links.Select(static link => link.Path)))
        {
            ReadOnlySpan<char> name = path.AsSpan(path.LastIndexOf('/') + 1);
            if (IsSanitizer(name) || (IsLoader(name) && !IsOwnLoader(name)))
            {
                return false;
            }

            found |= IsLoader(name);
        }

        return found;
    }

    private static bool IsLoader(ReadOnlySpan<char> name) => (name.StartsWith("ld-linux") && name.Contains(".so", StringComparison.Ordinal)) || name.StartsWith("ld-musl-");

    private static bool IsOwnLoader(ReadOnlySpan<char> name) => name.Contains(Own, StringComparison.Ordinal) || (Own == "x86-64" && name.Contains("x86_64", StringComparison.Ordinal));

    private static bool IsSanitizer(ReadOnlySpan<char> name) =>
        name.StartsWith("libclang_rt.") || (name.StartsWith("lib") && name.Contains("san.so", StringComparison.Ordinal));
}
