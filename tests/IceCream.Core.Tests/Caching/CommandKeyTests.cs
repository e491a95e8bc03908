using IceCream.Caching;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Platform;
using Xunit;

namespace IceCream.Tests.Caching;

/// <summary>Which commands have no key.</summary>
public sealed class CommandKeyTests
{
    /// <summary>The use of a zone's file is seen where the file lies among those of zones.</summary>
    [Theory]
    [InlineData("Europe/Berlin", false)]
    [InlineData(":Etc/GMT+12", false)]
    [InlineData("UTC0", false)]
    [InlineData("/usr/share/zoneinfo/Asia/Kolkata", false)]
    [InlineData("/home/ada/zone", true)]
    [InlineData(":/home/ada/zone", true)]
    [InlineData("../../../home/ada/zone", true)]
    [InlineData("/usr/share/zoneinfo/../zone", true)]
    public void A_zone_whose_use_cannot_be_seen_is_in_doubt(string zone, bool isInDoubt)
    {
        var job = new CompileJob
        {
            CommandLine = ["clang", "-c", "a.c"],
            Compiler = "/usr/bin/clang",
            WorkingDirectory = "/",
            Environment = [$"TZ={zone}"],
            Invocation = CommandLineReader.Read(["clang", "-c", "a.c"], CompilerFamily.Clang, "/", static _ => null).Invocation,
        };
        Assert.Equal(isInDoubt, CommandKey.DoubtAbout(job) is not null);

        // Clang before version 16 and GCC before version 7 read the clock all the same.
        Assert.Equal(isInDoubt, CommandKey.DoubtAbout(job with { Environment = [$"TZ={zone}", "SOURCE_DATE_EPOCH=1"] }) is not null);
    }

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
