using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

public sealed class CompilerFamiliesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("families").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("x86_64-linux-gnu-g++-12", CompilerFamily.Gcc)]
    [InlineData("clang-14", CompilerFamily.Clang)]
    public async Task A_name_that_tells_nothing_leads_to_a_program_whose_name_does_and_nobody_is_asked(string program, object family)
    {
        File.WriteAllText(Path.Combine(_folder, program), "");
        File.CreateSymbolicLink(Path.Combine(_folder, "alternative"), program);
        File.CreateSymbolicLink(Path.Combine(_folder, "c++"), "alternative");
        var probe = new CountingProbe();

        Assert.Equal(family, await new CompilerFamilies(probe).FindAsync(Job("c++")));
        Assert.Equal(0, probe.Asked);
    }

    [Fact]
    public async Task A_program_whose_name_tells_nothing_either_is_asked_once()
    {
        File.WriteAllText(Path.Combine(_folder, "cc"), "");
        var probe = new CountingProbe();
        var families = new CompilerFamilies(probe);

        Assert.Equal(CompilerFamily.Clang, await families.FindAsync(Job("cc")));
        Assert.Equal(CompilerFamily.Clang, await families.FindAsync(Job("cc")));
        Assert.Equal(1, probe.Asked);
    }

    [Fact]
    public async Task Who_speaks_another_language_is_asked_in_English()
    {
        var probe = new CountingProbe();
        CompilerIdentity? identity = await CompilerIdentity.AskAsync(
            probe, Path.Combine(_folder, "cc"), _folder, ["LANG=de_DE.UTF-8", "LANGUAGE=de", "LC_MESSAGES=de_DE.UTF-8", "PATH=/bin"]);

        Assert.Equal("here", identity?.Target);
        Assert.Equal(["PATH=/bin", "LC_ALL=C"], probe.Environment);
    }

    private CompileJob Job(string name) => new()
    {
        CommandLine = [name, "-c", "a.c"], Compiler = Path.Combine(_folder, name), WorkingDirectory = _folder, Environment = [],
    };

    private sealed class CountingProbe : ICompilerProbe
    {
        public int Asked { get; private set; }

        public IReadOnlyList<string> Environment { get; private set; } = [];

        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken)
        {
            Asked++;
            Environment = environment;
            return ValueTask.FromResult(new ProbeAnswer(0, "#define __GNUC__ 4\n#define __clang__ 1\n", "Target: here\n"));
        }
    }
}
