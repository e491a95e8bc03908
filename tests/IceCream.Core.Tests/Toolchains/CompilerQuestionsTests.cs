using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>A compiler is described once for all folders of a build, unless its own files depend on the folder.</summary>
public sealed class CompilerQuestionsTests
{
    [Theory]
    [InlineData("", true)]
    [InlineData("--sysroot=/opt/sdk -B/opt/sdk/lib/", true)]
    [InlineData("--sysroot /opt/sdk -m32", true)]
    [InlineData("-isysroot /opt/sdk -finput-charset=latin1", true)]
    [InlineData("--sysroot=sdk", false)]
    [InlineData("--sysroot=/opt/sdk -B lib", false)]
    [InlineData("-specs=my.specs", false)]
    [InlineData("-specs=/opt/my.specs", true)]
    public void Only_relative_paths_depend_on_the_folder(string flags, bool isSame)
    {
        CompilerQuestions one = Of(flags, "/src/one"), other = Of(flags, "/src/other");
        Assert.Equal(isSame, one.Key == other.Key);
        Assert.Equal(isSame ? "/" : "/src/one", one.WorkingDirectory);
    }

    private static CompilerQuestions Of(string flags, string folder)
    {
        ImmutableArray<string> command = ["gcc", .. flags.Split(' ', StringSplitOptions.RemoveEmptyEntries), "-c", "a.c"];
        CompilerInvocation invocation = Assert.IsType<CompilerInvocation>(CommandLineReader.Read(command, CompilerFamily.Gcc, folder, static _ => null).Invocation);
        return CompilerQuestions.Of(new CompileJob { CommandLine = command, Compiler = "/usr/bin/gcc", WorkingDirectory = folder, Environment = [], Invocation = invocation }, invocation);
    }
}
