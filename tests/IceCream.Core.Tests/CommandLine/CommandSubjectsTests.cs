using System.Collections.Immutable;
using FsCheck.Xunit;
using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

public sealed class CommandSubjectsTests
{
    [Theory]
    [InlineData("gcc -c src/a.c -o a.o", "src/a.c", CommandPurpose.Compile)]
    [InlineData("gcc --unheard-of -c a.c", "a.c", CommandPurpose.Compile)]
    [InlineData("gcc -march=native -Iinc -include c.h -D X -c -o a.o a.c", "a.c", CommandPurpose.Compile)]
    [InlineData("gcc a.c b.c x.o -o program", "a.c b.c", CommandPurpose.Compile)]
    [InlineData("gcc -c a.f90", "a.f90", CommandPurpose.Compile)]
    [InlineData("g++ -x c++-header all.txt", "all.txt", CommandPurpose.Compile)]
    [InlineData("gcc -c -x c - -o a.o", "", CommandPurpose.Compile)]
    [InlineData("gcc -v -c a.c", "a.c", CommandPurpose.Compile)]
    [InlineData("gcc a.o b.o -o program", "", CommandPurpose.Other)]
    [InlineData("gcc -E a.c", "a.c", CommandPurpose.Other)]
    [InlineData("gcc -MM a.c", "a.c", CommandPurpose.Other)]
    [InlineData("gcc -fsyntax-only a.c", "a.c", CommandPurpose.Other)]
    [InlineData("gcc --version", "", CommandPurpose.Question)]
    [InlineData("gcc -v", "", CommandPurpose.Question)]
    [InlineData("gcc -print-file-name=libgcc.a", "", CommandPurpose.Question)]
    [InlineData("gcc -dumpmachine -m32", "", CommandPurpose.Question)]
    [InlineData("gcc -### -c a.c", "a.c", CommandPurpose.Question)]
    [InlineData("gcc -Werror -mfoo -c -x c /dev/null -o .tmp.o", "/dev/null", CommandPurpose.Question)]
    [InlineData("gcc -c a.c -o /dev/null", "a.c", CommandPurpose.Question)]
    [InlineData("gcc -E -dM -", "", CommandPurpose.Question)]
    [InlineData("gcc -S -x c - -o /dev/null", "", CommandPurpose.Question)]
    [InlineData("gcc -c conftest.c", "conftest.c", CommandPurpose.Question)]
    [InlineData("gcc -o conftest conftest.o -lm", "", CommandPurpose.Question)]
    [InlineData("gcc -c /b/CMakeFiles/CMakeScratch/TryCompile-x7/CheckSymbol.c -o s.o", "/b/CMakeFiles/CMakeScratch/TryCompile-x7/CheckSymbol.c", CommandPurpose.Question)]
    [InlineData("cc meson-private/tmp1/testfile.c -o t.o -c", "meson-private/tmp1/testfile.c", CommandPurpose.Question)]
    public void A_command_is_about_its_sources_and_asks_or_compiles(string command, string sources, object purpose)
    {
        CommandSubject about = CommandSubjects.Of([.. command.Split(' ')], "/src");
        Assert.Equal((sources, (CommandPurpose)purpose), (string.Join(' ', about.Sources), about.Purpose));
    }

    [Fact]
    public void What_lies_where_a_build_system_asks_is_a_question() =>
        Assert.Equal(CommandPurpose.Question, CommandSubjects.Of(["gcc", "CMakeCCompilerId.c"], "/b/CMakeFiles/3.28.1/CompilerIdC").Purpose);

    [Theory]
    [InlineData("gcc -c a.c --unheard-of", "a.c")]
    [InlineData("gcc @words -c a.c", "a.c")]
    [InlineData("gcc @flags b.c", "b.c")]
    [InlineData("gcc -c @sources", "in-file.c")]
    [InlineData("gcc -c a.c -o a.o", "a.c")]
    public void A_reading_tells_the_source_whether_the_command_may_leave_or_not(string command, string source)
    {
        CommandLineReading reading = CommandLineReader.Read([.. command.Split(' ')], CompilerFamily.Gcc, "/src", static path => path switch
        {
            "/src/flags" => "-c -fopt-info",
            "/src/sources" => "in-file.c -save-temps",
            _ => null,
        });
        Assert.Equal(source, Assert.Single(reading.Subject.Sources, name => !name.StartsWith('@')));
        Assert.Equal(command.EndsWith("a.o", StringComparison.Ordinal), reading.LocalOnly is null);
    }

    [Property]
    public bool Any_words_are_about_something_among_them(string[] words, string folder)
    {
        ImmutableArray<string> command = [.. words.Where(static word => word is not null)];
        CommandSubject about = CommandSubjects.Of(command, (folder ?? "").Replace('\0', '0'));
        return about.Sources.All(source => command.Contains(source));
    }

    [Fact]
    public void Each_flag_that_keeps_a_command_here_says_why() =>
        Assert.All(CompilerFlags.Table, static flag => Assert.Equal(flag.Local is null, flag.Effect is null));
}
