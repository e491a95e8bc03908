using IceCream.Jobs;
using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>The files of GCC: the driver, the compiler proper and the assembler that it starts, specs, and the folders that it inspects.</summary>
internal static class GccToolchain
{
    public static async ValueTask DescribeAsync(
        ICompilerProbe probe, CompilerQuestions questions, ProbeAnswer report, ToolchainTree tree, LibraryClosure libraries, CancellationToken cancellationToken)
    {
        if (MachineBinding.OfReport(report.Errors) is { } bound)
        {
            throw new ToolchainException($"{questions.Program} {bound}.");
        }

        // This covers the specs files that flags name, those at GCC's default places, and those that they include.
        foreach (string specs in CompilerReport.Labelled(report.Errors, "Reading specs from "))
        {
            AddSpecs(tree, Path.Combine(questions.WorkingDirectory, specs));
        }

        string[] optional = questions.SplitsDebugInformation ? ["objcopy"] : [];
        foreach (string name in (string[])[.. Programs(questions.Language), "as", .. optional])
        {
            string path = await ProgramSearch.FindAsync(probe, questions, tree, name, cancellationToken).ConfigureAwait(false)
                ?? throw new ToolchainException($"{questions.Program} has no {name}; install the compiler for this language, or binutils.");
            libraries.AddProgram(path);
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

    /// <summary>Adds a specs file, without those that it includes.</summary>
    /// <exception cref="ToolchainException">It binds compiles to this machine.</exception>
    internal static void AddSpecs(ToolchainTree tree, string path)
    {
        if (tree.AddFile(path) is { } real && MachineBinding.OfSpecs(File.ReadAllText(real)) is { } reason)
        {
            throw new ToolchainException($"{path} {reason}.");
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
