using System.Globalization;
using System.Text;
using IceCream.CommandLine;

namespace IceCream.Host.Reference;

/// <summary>Generates the tables of <c>docs/what-leaves.md</c> from the table of compiler flags.</summary>
internal static class FlagsPage
{
    private static readonly (string Does, Func<CompilerFlag, bool> Fits)[] Kinds =
    [
        ("names a file that is written besides the object: it comes back", static flag => flag.Has(FlagTraits.NamesOutput) || flag.ExtraOutput is not null
            || flag.Action is FlagAction.WriteDependencies or FlagAction.DependencyFile or FlagAction.Output),
        ("names a file that is read: it travels", static flag => flag.Has(FlagTraits.NamesInput) || flag.Action == FlagAction.Include),
        ("names a folder that is searched: what is found there travels", static flag => flag.Has(FlagTraits.NamesDirectory)
            || flag.Action is FlagAction.SystemRoot or FlagAction.Prefix or FlagAction.WithPrefix),
        ("names a processor: `native` is spelt out where the object stays the same, else it stays", static flag => flag.Action == FlagAction.Machine),
        ("is handed on to a program of the compiler: leaves where all of its words are known to be harmless", static flag =>
            flag.Action is FlagAction.AssemblerPass or FlagAction.ClangPass or FlagAction.PreprocessorPass),
        ("stands for all flags that begin so, unless another row says otherwise or a value looks like a path", static flag => flag.Has(FlagTraits.Family)),
        ("decides what the compiler makes of the text", static _ => true),
    ];

    /// <summary>The flags that keep a compile on its machine, by reason.</summary>
    public static string Staying() => Table(
        "what it does",
        CompilerFlags.Table.Where(static flag => flag.Local is not null).GroupBy(static flag => flag.Effect ?? "is bound to this machine"));

    /// <summary>The flags that may leave, with a row for each way to handle them.</summary>
    public static string Leaving() => Table(
        "what is done about it",
        CompilerFlags.Table.Where(static flag => flag.Local is null).GroupBy(static flag => Kinds.First(kind => kind.Fits(flag)).Does));

    private static string Table(string title, IEnumerable<IGrouping<string, CompilerFlag>> rows)
    {
        var table = new StringBuilder($"| {title} | flags |\n|---|---|\n");
        foreach (IGrouping<string, CompilerFlag> row in rows.OrderBy(static row => row.Key, StringComparer.Ordinal))
        {
            table.Append(CultureInfo.InvariantCulture, $"| {row.Key} | {string.Join(' ', row.Select(Spelling).Order(StringComparer.Ordinal))} |\n");
        }

        return table.ToString();
    }

    private static string Spelling(CompilerFlag flag) => $"`{flag.Name}{(flag.Has(FlagTraits.Joined) ? "…" : "")}`";
}
