using System.Text.RegularExpressions;
using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>For what the README promises, ARCHITECTURE.md names the file that does it, in one step.</summary>
public sealed partial class BehaviourRules
{
    [Fact]
    public void Each_promise_of_the_readme_is_led_to_its_file()
    {
        string readme = Spaces().Replace(File.ReadAllText(Path.Combine(ImportRules.Root(), "README.md")), " ");
        (string Promise, string File, string Type)[] rows =
            [.. Row().Matches(File.ReadAllText(Path.Combine(ImportRules.Root(), "ARCHITECTURE.md"))).Select(static row => (row.Groups[1].Value, row.Groups[2].Value, row.Groups[3].Value))];
        Assert.True(rows.Length >= 20, $"{rows.Length} rows");
        Assert.Empty(rows.Where(row => !readme.Contains(row.Promise, StringComparison.Ordinal)).Select(static row => $"README.md does not say '{row.Promise}'"));
        Assert.Empty(rows.Where(row => !Declares(row.File, row.Type)).Select(static row => $"{row.File} does not declare {row.Type}"));
    }

    private static bool Declares(string file, string type)
    {
        string path = Path.Combine(ImportRules.Root(), file);
        return File.Exists(path) && Regex.IsMatch(File.ReadAllText(path), $@"\b(class|record|struct|interface|enum) {type}\b");
    }

    [GeneratedRegex(@"^\| (.+) \| `(\S+\.cs)` \| `(\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
