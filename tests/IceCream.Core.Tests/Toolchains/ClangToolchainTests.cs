using IceCream.Jobs;
using IceCream.Processes;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

/// <summary>What belongs to a Clang beside its own files.</summary>
public sealed class ClangToolchainTests : ToolchainFolder
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_folder_of_cross_compilers_belongs_to_it_where_there_is_one(bool hasCross)
    {
        string installation = Directory.CreateDirectory(Path.Combine(Folder, "lib/gcc/x86_64-linux-gnu/12")).FullName, cross = Path.Combine(Folder, "lib/gcc-cross");
        if (hasCross)
        {
            Directory.CreateDirectory(cross);
        }

        CompileJob job = Job("/usr/bin/clang", CompilerFamily.Clang, SourceLanguage.C, ["clang", "-c", "a.c"]);
        var tree = new ToolchainTree();
        var report = new ProbeAnswer(0, "", $"Found candidate GCC installation: {Folder}/bin/../lib/gcc/x86_64-linux-gnu/12\n");
        Directory.CreateDirectory(Path.Combine(Folder, "bin"));
        await ClangToolchain.DescribeAsync(new Resources(Folder), CompilerQuestions.Of(job, job.Invocation!), report, tree, new LibraryClosure(tree, []), CancellationToken.None);

        Assert.Equal(hasCross, tree.Build(new ReadDigests()).Directories.Contains(cross));
        Assert.Contains($"{Folder}/bin/../lib/gcc/x86_64-linux-gnu/12/crtbegin.o", tree.Absent);
        Assert.True(Directory.Exists(installation));
    }

    private sealed class Resources(string folder) : ICompilerProbe
    {
        public ValueTask<ProbeAnswer> AskAsync(
            string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new ProbeAnswer(0, $"{folder}/resources\n", ""));
    }
}
