using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>
/// Files with flags for a compiler's driver, beside those of the command. Where the description of the compiler knows one, it has looked through it. But
/// one may be among a job's inputs instead: a worker's driver looked for it, and the driver that described the compiler here did not read it, because it
/// appeared later or lies below a <c>HOME</c> that the description does not go by. A driver obeys it all the same, and a flag in it for this machine's
/// processor would mean the worker's.
/// </summary>
internal static class DriverOptions
{
    private const string Included = "%include";

    /// <summary>Why a job with these inputs cannot leave; null when it can.</summary>
    /// <param name="job">The job.</param>
    /// <param name="inputs">Its inputs: as files by real paths, and the links on the way to them.</param>
    public static LocalOnlyReason? ReasonToStay(CompileJob job, FileTree inputs)
    {
        // Hardly any job has such a file, and each has many inputs: nothing is made before one is found.
        CompilerFamily family = job.Invocation!.Family;
        List<string>? found = null;
        foreach (TreeFile file in inputs.Files)
        {
            if (MachineBinding.IsForDriver(family, file.Path))
            {
                (found ??= []).Add(file.Path);
            }
        }

        foreach (TreeLink link in inputs.Links)
        {
            if (MachineBinding.IsForDriver(family, link.Path))
            {
                (found ??= []).Add(link.Path);
            }
        }

        return found is null && job.SpeltOutBeside is null ? null : ReasonToStay(job, family, found ?? []);
    }

    private static LocalOnlyReason? ReasonToStay(CompileJob job, CompilerFamily family, List<string> found)
    {
        string[] described = [.. In(job.Described?.Tree ?? FileTree.Empty, family)], late = [.. found.Except(described, StringComparer.Ordinal)];
        if (job.SpeltOutBeside is { } beside && described.Concat(late).FirstOrDefault(path => !beside.Contains(path)) is { } further)
        {
            // It may give the flags another meaning than the driver told. A driver that is asked again may know the file.
            job.SpeltOutWithout?.Invoke(further);
            return new LocalOnlyReason(LocalOnlyKind.LocalFlag, $"a flag means this machine's processor, and {further} gives the compiler more flags");
        }

        return late.Select(path => ReasonIn(path, job.Compiler, family)).FirstOrDefault(static reason => reason is not null) is { } bound
            ? new LocalOnlyReason(LocalOnlyKind.Toolchain, bound) : null;
    }

    private static IEnumerable<string> In(FileTree tree, CompilerFamily family) =>
        tree.Files.Select(static file => file.Path).Concat(tree.Links.Select(static link => link.Path)).Where(path => MachineBinding.IsForDriver(family, path));

    private static string? ReasonIn(string path, string compiler, CompilerFamily family)
    {
        try
        {
            // What is read here only has to be looked at: the job has it along.
            var read = new ToolchainTree();
            if (family == CompilerFamily.Clang)
            {
                ClangToolchain.AddConfiguration(read, compiler, path);
                return null;
            }

            GccToolchain.AddSpecs(read, path);

            // Only GCC knows where it looks for those.
            return read.Files.Any(static real => File.ReadAllText(real).Contains(Included, StringComparison.Ordinal)) ? $"{path} includes further specs" : null;
        }
        catch (ToolchainException e)
        {
            return e.Message;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path} cannot be read: {e.Message}";
        }
    }
}
