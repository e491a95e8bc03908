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
        CompilerFamily family = job.Invocation!.Family;
        string[] described = [.. In(job.Described?.Tree ?? FileTree.Empty, family)], late = [.. In(inputs, family).Except(described, StringComparer.Ordinal)];
        if (job.IsSpeltOut && described.Concat(late).FirstOrDefault() is { } further)
        {
            // What the flags mean was asked once, and together with this file, which may have come or changed since.
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
