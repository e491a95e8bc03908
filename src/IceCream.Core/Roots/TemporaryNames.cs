using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Roots;

/// <summary>
/// A worker gives compilers a private temporary folder, and an assembler names a file in it in messages about text without line marks. This class
/// replaces that folder's name by the one that the file would have had at the origin.
/// </summary>
internal static class TemporaryNames
{
    /// <summary>In the order in which compilers query them.</summary>
    private static readonly string[] Variables = ["TMPDIR=", "TMP=", "TEMP="];

    private static readonly byte[] Own = Encoding.UTF8.GetBytes(RootPlan.TemporaryFolder + "/");

    /// <summary>Replaces the worker's temporary folder by the origin's in messages; returns the same memory when there is none.</summary>
    public static ReadOnlyMemory<byte> AsAtHome(ReadOnlyMemory<byte> words, CompileJob job)
    {
        int found = words.Span.IndexOf(Own);
        if (found < 0)
        {
            return words;
        }

        byte[] home = Encoding.UTF8.GetBytes(Folder(job.Environment) + "/");
        var told = new MemoryStream(words.Length + home.Length);
        ReadOnlySpan<byte> rest = words.Span;
        for (; found >= 0; found = rest.IndexOf(Own))
        {
            told.Write(rest[..found]);
            told.Write(home);
            rest = rest[(found + Own.Length)..];
        }

        told.Write(rest);
        return told.ToArray();
    }

    /// <summary>The folder in which compilers put temporary files.</summary>
    private static string Folder(ImmutableArray<string> environment) =>
        Variables.Select(name => environment.FirstOrDefault(variable => variable.StartsWith(name, StringComparison.Ordinal))?[name.Length..])
            .FirstOrDefault(static folder => !string.IsNullOrEmpty(folder)) ?? "/tmp";
}
