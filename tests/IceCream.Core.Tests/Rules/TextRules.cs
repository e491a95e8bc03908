using System.Text.RegularExpressions;
using FsCheck.Xunit;
using IceCream.Diagnostics;
using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>Texts are cut in one way, which leaves no half of a character.</summary>
public sealed partial class TextRules
{
    [Property]
    public void What_is_cut_is_a_beginning_of_whole_characters(string? text, byte most)
    {
        string whole = string.Concat((text ?? "").EnumerateRunes()) + "\U0001F366 and more", cut = ShortText.Cut(whole, most + 1);
        Assert.StartsWith(cut, whole, StringComparison.Ordinal);
        Assert.InRange(cut.Length, Math.Min(whole.Length, most), most + 1);
        Assert.Equal(cut, string.Concat(cut.EnumerateRunes()));
        Assert.InRange(ShortText.Abridge(whole, most + 2).Length, Math.Min(whole.Length, most), most + 2);
    }

    [Fact]
    public void Only_one_class_cuts_texts()
    {
        IEnumerable<string> cutting = Directory.EnumerateFiles(Path.Combine(ImportRules.Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(ImportRules.Root(), file))
            .Where(static file => !file.Split('/').Any(static part => part is "bin" or "obj") && Cut().IsMatch(File.ReadAllText(Path.Combine(ImportRules.Root(), file))));
        Assert.Equal(["src/IceCream.Core/Diagnostics/ShortText.cs"], cutting);
    }

    /// <summary>A text or as much of it as is allowed, or a question about half a character at its end.</summary>
    [GeneratedRegex(@"Length <= [^?;\n]+ \? ([\w.]+) : (\1\[\.\.|string\.Concat\(\1\.AsSpan\(0)|IsHighSurrogate")]
    private static partial Regex Cut();
}
