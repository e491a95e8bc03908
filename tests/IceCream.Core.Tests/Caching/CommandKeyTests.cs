using IceCream.Caching;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>Which commands have no key.</summary>
public sealed class CommandKeyTests
{
    /// <summary>A compiler that rewrites the file leaves its group as it is, and a known result that replaces it does not.</summary>
    [Theory]
    [InlineData(null, false)]
    [InlineData(0, false)]
    [InlineData(1, true)]
    public void An_output_of_another_group_than_the_commands_is_in_doubt(int? further, bool isInDoubt)
    {
        string output = Path.GetTempFileName();
        try
        {
            Assert.Equal(0, Linux.Stat(output, followLinks: false, out FileStatus status));
            var job = new CompileJob
            {
                CommandLine = ["gcc", "-c", "a.c"],
                Compiler = "/usr/bin/gcc",
                WorkingDirectory = "/",
                Invocation = CommandLineReader.Read(["gcc", "-c", "a.c"], CompilerFamily.Gcc, "/", static _ => null).Invocation,
                Outputs = [new JobOutput(output, true)],
                Group = further is { } more ? status.Group + (uint)more : null,
            };
            Assert.Equal(isInDoubt, CommandKey.DoubtAbout(job) is not null);
        }
        finally
        {
            File.Delete(output);
        }
    }
}
