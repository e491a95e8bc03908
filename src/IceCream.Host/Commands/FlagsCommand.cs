using System.CommandLine;
using IceCream.Host.Reference;

namespace IceCream.Host.Commands;

/// <summary><c>icehost flags</c>: prints which compiler flags may leave.</summary>
internal static class FlagsCommand
{
    public static Command Build()
    {
        var command = new Command("flags", "Print which flags of compilers keep a compile at home and which travel, as two tables in Markdown.");
        command.SetAction(static parsed =>
        {
            parsed.InvocationConfiguration.Output.Write($"{FlagsPage.Staying()}\n{FlagsPage.Leaving()}");
            return 0;
        });
        return command;
    }
}
