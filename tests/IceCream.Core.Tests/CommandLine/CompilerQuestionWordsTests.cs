using System.Collections.Immutable;
using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

/// <summary>The words of a command with which its compiler is asked for dependencies and search folders.</summary>
public sealed class CompilerQuestionWordsTests
{
    [Fact]
    public void The_dependency_question_keeps_what_is_read_and_drops_what_is_written()
    {
        var invocation = Compile(
            "gcc -DA -Iinc -O2 -g -std=c11 -include c.h -MMD -MP -MF a.d -MT a.o -Wp,-DB -gsplit-dwarf -Wa,--noexecstack -x c++ a.c -x none -c -o a.o -Wl,-s");

        Assert.Equal(
            ["-DA", "-Iinc", "-O2", "-g", "-std=c11", "-include", "c.h", "-Wp,-DB", "-M", "-MT", "x", "-x", "c++", "a.c"],
            invocation.DependencyArguments.ToArray());
    }

    [Fact]
    public void The_dependency_file_of_the_preprocessor_pass_is_not_asked_for_twice()
    {
        Assert.Equal(["-M", "-MT", "x", "a.c"], Compile("gcc -Wp,-MD,a.d -c a.c").DependencyArguments.ToArray());
    }

    [Fact]
    public void The_search_question_names_the_language_and_leaves_out_source_warnings_and_outputs()
    {
        Assert.Equal(
            ["-x", "c++", "-DA", "-isystem", "s", "-O2", "-fPIC", "-m32", "-std=c++20", "-Wp,-DB"],
            Compile("g++ -DA -isystem s -Wall -O2 -fPIC -m32 -std=c++20 -Wp,-DB -c a.c -o a.o -MD").SearchArguments.ToArray());
    }

    [Theory]
    [InlineData("a.s")]
    [InlineData("a.i")]
    [InlineData("a.ii")]
    public void What_is_not_preprocessed_has_no_dependency_question(string source)
    {
        Assert.Empty(Compile($"gcc -O2 -c {source}").DependencyArguments);
    }

    private static CompilerInvocation Compile(string command)
    {
        ImmutableArray<string> words = [.. command.Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        CommandLineReading reading = CommandLineReader.Read(words, CompilerNames.Family(words[0]) ?? CompilerFamily.Gcc, "/w", _ => null);
        Assert.True(reading.Invocation is not null, $"{command}: {reading.LocalOnly}");
        return reading.Invocation;
    }
}
