using IceCream.Clients;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Hostile;

/// <summary>What a lying worker would do to its agent's files: all of it is stopped by the look at its answer, and happens when nobody looks.</summary>
public sealed class LieTests : IDisposable
{
    private static readonly Dictionary<string, Lie> Lies = new()
    {
        ["a file anywhere"] = new(static at => at.Sends(at.Compiled, at.Elsewhere), static at => at.Elsewhere, Foreign),
        ["a file up and down"] = new(static at => at.Sends(at.Compiled, at.Folder + "/src/../elsewhere"), static at => at.Elsewhere, Foreign),
        ["a file through a link"] = new(static at => at.Sends(at.Compiled, at.Folder + "/src/link/elsewhere"), static at => at.Elsewhere, Foreign),
        ["a link"] = new(static at => at.Sends(at.Compiled, at.Folder + "/src/file-link"), static at => at.Elsewhere, Foreign),
        ["a source"] = new(static at => at.Sends(at.Compiled, at.Source), static at => at.Source, Foreign),
        ["a new file"] = new(static at => at.Sends(at.Compiled, at.Folder + "/src/GNUmakefile"), static at => at.Folder + "/src/GNUmakefile", Foreign),
        ["a source deleted"] = new(static at => at.Sends(at.Compiled) with { Removed = [at.Source] }, static at => at.Source, null),
        ["a file anywhere deleted"] = new(static at => at.Sends(at.Compiled) with { Removed = [at.Elsewhere] }, static at => at.Elsewhere, null),
        ["an output deleted that the command did not find"] = new(static at => at.Sends(at.Compiled) with { Removed = [at.Dependencies] }, static at => at.Dependencies, null),
        ["an output sent and deleted"] = new(static at => at.Sends(at.Compiled) with { Removed = [at.Compiled] }, static at => at.Compiled, null),
        ["success without an object"] = new(static at => at.Sends(at.Dependencies), static at => at.Compiled, Own),
        ["failure, and files of others"] = new(static at => at.Sends(at.Elsewhere) with { ExitCode = 1 }, static at => at.Elsewhere, Foreign),
    };

    private const string Own = "own", Foreign = "foreign";

    public LieTests()
    {
        Directory.CreateDirectory(Folder + "/src");
        Directory.CreateSymbolicLink(Folder + "/src/link", Folder);
        File.CreateSymbolicLink(Folder + "/src/file-link", Elsewhere);
        foreach (string file in (string[])[Elsewhere, Source, Compiled, Dependencies])
        {
            File.WriteAllText(file, Own);
        }
    }

    public static TheoryData<string> EachLie => [.. Lies.Keys];

    private string Folder { get; } = Directory.CreateTempSubdirectory("icecream-hostile-").FullName;

    private string Elsewhere => Folder + "/elsewhere";

    private string Source => Folder + "/src/a.c";

    private string Compiled => Folder + "/src/a.o";

    private string Dependencies => Folder + "/src/a.d";

    private CompileJob Job => new()
    {
        CommandLine = ["/cc", "-c", "a.c"], Compiler = "/cc", WorkingDirectory = Folder + "/src", Outputs = [new JobOutput(Compiled, true), new JobOutput(Dependencies, false)],
    };

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    [Theory]
    [MemberData(nameof(EachLie))]
    public void It_is_found_and_would_do_harm_if_nobody_looked(string lie)
    {
        (Func<LieTests, CompileResult> answer, Func<LieTests, string> victim, string? becomes) = Lies[lie];
        CompileResult result = answer(this);
        Assert.NotNull(ResultAudit.FindFault(Job, HeadOf(result)));
        Assert.Null(OutputWriter.Write(result, [.. Job.Outputs.Select(static output => output.Path)], 0b000_010_010, static () => { }));
        Assert.Equal(becomes, File.Exists(victim(this)) ? File.ReadAllText(victim(this)) : null);
    }

    [Fact]
    public void An_honest_answer_is_believed()
    {
        CompileResult result = Sends(Compiled, Dependencies);
        Assert.Null(ResultAudit.FindFault(Job, HeadOf(result)));
        Assert.Null(ResultAudit.FindFault(Job, HeadOf(Sends() with { ExitCode = 1, Removed = [Compiled] })));
    }

    private static ResultHead HeadOf(CompileResult result) => new(
        result with { Outputs = [] }, [.. result.Outputs.Select(static output => new OutputHead(output.Path, output.Mode, output.Content.Length, output.IsRewritten))]);

    private CompileResult Sends(params string[] paths) => new()
    {
        Place = JobPlace.Remote,
        Outputs = [.. paths.Select(static path => new OutputFile(path, 0b110_100_100, OutputContent.Of("foreign"u8.ToArray())))],
    };

    /// <param name="Answer">What the worker answers.</param>
    /// <param name="Victim">The file that it is about.</param>
    /// <param name="Becomes">What the file holds afterwards; null: it is gone.</param>
    private sealed record Lie(Func<LieTests, CompileResult> Answer, Func<LieTests, string> Victim, string? Becomes);
}
