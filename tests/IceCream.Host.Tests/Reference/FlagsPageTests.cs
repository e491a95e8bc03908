using System.Runtime.CompilerServices;
using IceCream.CommandLine;
using IceCream.Host.Reference;
using Xunit;

namespace IceCream.Host.Tests.Reference;

/// <summary><c>docs/what-leaves.md</c> says what the table of flags says; <c>icehost flags</c> prints what belongs there.</summary>
public sealed class FlagsPageTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Path.GetDirectoryName(Own())!, "../../../docs/what-leaves.md"));

    [Fact]
    public void The_page_holds_the_tables_as_they_are_made()
    {
        Assert.Contains(FlagsPage.Staying(), Page, StringComparison.Ordinal);
        Assert.Contains(FlagsPage.Leaving(), Page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_flag_is_in_one_of_them() => Assert.All(CompilerFlags.Table, static flag =>
        Assert.Contains($"`{flag.Name}", flag.Local is null ? FlagsPage.Leaving() : FlagsPage.Staying(), StringComparison.Ordinal));

    private static string Own([CallerFilePath] string path = "") => path;
}
