using IceCream.Jobs;
using IceCream.Sandboxing;

namespace IceCream.Toolchains;

/// <summary>The files of GCC: the driver, the compiler proper and the assembler that it starts, specs, and the folders that it looks into.</summary>
internal static class GccToolchain
{
    public static async ValueTask DescribeAsync(
        ICompilerProbe probe, CompilerQuestions questions, ProbeAnswer report, ToolchainTree tree, LibraryClosure libraries, CancellationToken cancellationToken)
    {
        libraries.AddProgram(questions.Program);
        string[] optional = questions.SplitsDebugInformation ? ["objcopy"] : [];
        foreach (string name in (string[])[.. Programs(questions.Language), "as", .. optional])
        {
            string path = await ProgramSearch.FindAsync(probe, questions, tree, name, cancellationToken).ConfigureAwait(false)
                ?? throw new ToolchainException($"{questions.Program} has no {name}; install the compiler for this language, or binutils.");
            libraries.AddProgram(path);
        }

        IEnumerable<string> specs = questions.Flags
            .Where(static flag => flag.Contains("specs=", StringComparison.Ordinal))
            .Select(static flag => flag[(flag.IndexOf('=', StringComparison.Ordinal) + 1)..])
            .Prepend("specs");
        foreach (string name in specs)
        {
            ProbeAnswer answer = await questions.AskAsync(probe, [$"-print-file-name={name}"], cancellationToken).ConfigureAwait(false);
            string path = answer.Output.Trim();
            if (path.StartsWith('/'))
            {
                tree.AddFile(path);
            }
        }

        if (questions.Flags.Any(static flag => flag.Contains("-charset=", StringComparison.Ordinal)))
        {
            CharacterSets.Add(tree);
        }

        IEnumerable<string> programFolders = CompilerReport.Labelled(report.Errors, "COMPILER_PATH=").SelectMany(static list => list.Split(':'));
        foreach (string folder in CompilerReport.SearchFolders(report.Errors).Concat(programFolders).Where(static folder => folder.StartsWith('/')))
        {
            tree.AddDirectory(folder);
        }
    }

    private static string[] Programs(SourceLanguage language) => language switch
    {
        SourceLanguage.Cxx or SourceLanguage.PreprocessedCxx => ["cc1plus"],
        SourceLanguage.ObjectiveC => ["cc1obj"],
        SourceLanguage.ObjectiveCxx => ["cc1objplus"],
        SourceLanguage.Assembler => [],
        _ => ["cc1"],
    };
}
