using IceCream.Processes;

namespace IceCream.Toolchains;

/// <summary>The files of Clang: the program, its resource folder, and the system files that it inspects.</summary>
internal static class ClangToolchain
{
    /// <summary>The most files of one configuration, which may include one another.</summary>
    private const int MostConfigurations = 256;

    /// <summary>Clang identifies the distribution by these files, and some of its defaults depend on that.</summary>
    private static readonly string[] DistributionFiles =
        ["/etc/lsb-release", "/etc/os-release", "/usr/lib/os-release", "/etc/redhat-release", "/etc/debian_version", "/etc/SuSE-release",
         "/etc/exherbo-release", "/etc/alpine-release", "/etc/arch-release", "/etc/gentoo-release"];

    public static async ValueTask DescribeAsync(
        ICompilerProbe probe, CompilerQuestions questions, ProbeAnswer report, ToolchainTree tree, LibraryClosure libraries, CancellationToken cancellationToken)
    {
        foreach (string configuration in CompilerReport.Labelled(report.Errors, "Configuration file:"))
        {
            AddConfiguration(tree, questions.Program, Path.Combine(questions.WorkingDirectory, configuration));
        }

        ProbeAnswer resources = await questions.AskAsync(probe, ["-print-resource-dir"], cancellationToken).ConfigureAwait(false);
        string resourceFolder = resources.Output.Trim();
        tree.AddDirectory(resourceFolder);
        tree.AddDirectory($"{resourceFolder}/include");

        // This adds the sanitizers' default ignore lists.
        tree.AddContent($"{resourceFolder}/share");
        foreach (string installation in CompilerReport.Labelled(report.Errors, "Found candidate GCC installation:"))
        {
            // Clang recognizes an installation of GCC, or a variant of it, by this file.
            tree.AddFile($"{installation}/crtbegin.o");
            tree.AddFile($"{installation}/32/crtbegin.o");
            tree.AddFile($"{installation}/64/crtbegin.o");
            tree.AddFile($"{installation}/x32/crtbegin.o");

            // Beside the folder of all of GCC's targets it asks for one of cross compilers. Left out, it would be missed by the first jobs of each agent, which are then sent again.
            tree.AddDirectory($"{installation}/../../../gcc-cross");
        }

        foreach (string folder in CompilerReport.SearchFolders(report.Errors).Where(static folder => folder.StartsWith('/')))
        {
            tree.AddDirectory(folder);
        }

        AddRocm(tree);
        foreach (string file in DistributionFiles)
        {
            tree.AddFile(file);
        }

        bool foreignAssembler = questions.Flags.Any(static flag => flag is "-fno-integrated-as" or "-no-integrated-as");
        string[] programs = [.. foreignAssembler ? ["as"] : Array.Empty<string>(), .. questions.SplitsDebugInformation && foreignAssembler ? ["objcopy"] : Array.Empty<string>()];
        foreach (string name in programs)
        {
            string path = await ProgramSearch.FindAsync(probe, questions, tree, name, cancellationToken).ConfigureAwait(false)
                ?? throw new ToolchainException($"{questions.Program} has no {name}; install binutils.");
            libraries.AddProgram(path);
        }
    }

    /// <summary>Adds a configuration file and the files that it includes.</summary>
    /// <exception cref="ToolchainException">It binds compiles to this machine.</exception>
    internal static void AddConfiguration(ToolchainTree tree, string program, string path)
    {
        var ahead = new Stack<string>([path]);
        var met = new HashSet<string>(StringComparer.Ordinal) { path };
        while (ahead.TryPop(out string? next))
        {
            if (tree.AddFile(next) is not { } real)
            {
                continue;
            }

            string text = File.ReadAllText(real), folder = Path.GetDirectoryName(next)!;
            if (MachineBinding.OfConfiguration(text) is { } reason)
            {
                throw new ToolchainException($"{next}, a configuration file of {program}, {reason}.");
            }

            foreach (string taken in MachineBinding.FilesOf(text))
            {
                string file = Path.Combine(folder, taken.Replace("<CFGDIR>", folder, StringComparison.Ordinal));
                if (met.Add(file))
                {
                    ahead.Push(file);
                }
            }

            if (met.Count > MostConfigurations)
            {
                throw new ToolchainException($"{path}, a configuration file of {program}, includes more than {MostConfigurations} files.");
            }
        }
    }

    /// <summary>Every Clang reads the names in <c>/opt</c>: an installation of ROCm there changes its defaults.</summary>
    private static void AddRocm(ToolchainTree tree)
    {
        const string Folder = "/opt";
        if (tree.AddDirectory(Folder) is { } real)
        {
            foreach (string installation in Directory.EnumerateFileSystemEntries(real, "rocm*"))
            {
                tree.AddDirectory(installation);
            }
        }
    }
}
