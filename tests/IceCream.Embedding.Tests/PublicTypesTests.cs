using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using IceCream.Nodes;
using Xunit;

namespace IceCream.Embedding.Tests;

/// <summary>What is public is there for embedders: few types, and each of them by its name in an example, or in a test of this project.</summary>
public sealed partial class PublicTypesTests
{
    private const int Most = 60;

    [Fact]
    public void There_are_few_public_types() => Assert.InRange(Names().Length, 1, Most);

    [Fact]
    public void Each_public_type_is_used_by_name_in_an_example_or_a_test_of_an_embedder()
    {
        string tests = Path.GetDirectoryName(ThisFile())!, top = Path.GetFullPath(Path.Combine(tests, "../.."));
        string[] texts =
        [
            .. Example().Matches(File.ReadAllText(Path.Combine(top, "docs/embedding.md"))).Select(static match => match.Value),
            File.ReadAllText(Path.Combine(top, "integrations/dotnet/Program.cs")),
            .. Directory.GetFiles(tests, "*.cs").Where(static file => file != ThisFile()).Select(File.ReadAllText),
        ];
        HashSet<string> words = [.. texts.SelectMany(static text => Word().Matches(Comment().Replace(text, "")).Select(static match => match.Value))];
        Assert.Empty(Names().Except(words));
    }

    private static string[] Names() => [.. typeof(EmbeddedFarm).Assembly.GetExportedTypes().Select(static type => type.Name)];

    private static string ThisFile([CallerFilePath] string file = "") => file;

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex("//.*")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();
}
