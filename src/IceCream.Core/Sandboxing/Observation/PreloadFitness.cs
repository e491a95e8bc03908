using System.Runtime.InteropServices;
using IceCream.Jobs;

namespace IceCream.Sandboxing.Observation;

/// <summary>Tells which programs can load an object of ours first.</summary>
/// <remarks>
/// A loader for another processor says aloud that it cannot load what is not made for it, and its words would be taken for the compiler's. A
/// compiler that was built with a sanitizer runs only when that is loaded first.
/// </remarks>
internal static class PreloadFitness
{
    private static readonly string Own = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86-64";

    /// <summary>Whether the dynamic programs of a tree are for a loader of this machine's processor, and for no other.</summary>
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
