using System.Collections.Immutable;
using System.Text;
using IceCream.Jobs;

namespace IceCream.Roots;

/// <summary>
/// A worker gives compilers a folder for temporary files that is theirs alone, and an assembler names a file in it when it speaks of text that
/// has no line marks. People are to read the name that it would have had at home.
/// </summary>
internal static class TemporaryNames
{
    /// <summary>In the order in which compilers ask for them.</summary>
    private static readonly string[] Variables = ["TMPDIR=", "TMP=", "TEMP="];

    private static readonly byte[] Own = Encoding.UTF8.GetBytes(RootPlan.TemporaryFolder + "/");

    /// <summary>Words with the folder of home in the place of the worker's; the same where they name none.</summary>
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

    /// <summary>Where compilers put temporary files.</summary>
    private static string Folder(ImmutableArray<string> environment) =>
        Variables.Select(name => environment.FirstOrDefault(variable => variable.StartsWith(name, StringComparison.Ordinal))?[name.Length..])
            .FirstOrDefault(static folder => !string.IsNullOrEmpty(folder)) ?? "/tmp";
}
