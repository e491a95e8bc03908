using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Execution;

/// <summary>
/// Files with flags for a compiler's driver that are among a job's inputs and not among its compiler's files: a worker's driver looked for them, and the
/// driver that described the compiler here did not read them. They appeared later, or lie below a <c>HOME</c> that the description does not go by. A
/// driver obeys them all the same, and one that names this machine's processor would mean the worker's.
/// </summary>
internal static class LateOptions
{
    private const string Included = "%include";

    /// <summary>Why a job with these inputs cannot leave; null when it can.</summary>
    /// <param name="job">The job.</param>
    /// <param name="inputs">Its inputs: as files by real paths, and the links on the way to them.</param>
    public static LocalOnlyReason? ReasonToStay(CompileJob job, FileTree inputs)
    {
        CompilerFamily family = job.Invocation!.Family;
        foreach (string path in inputs.Files.Select(static file => file.Path).Concat(inputs.Links.Select(static link => link.Path)))
        {
            if (MachineBinding.IsForDriver(family, path) && !IsDescribed(job, path) && ReasonIn(path, job.Compiler, family) is { } reason)
            {
                return new LocalOnlyReason(LocalOnlyKind.Toolchain, reason);
            }
        }

        return null;
    }

    private static bool IsDescribed(CompileJob job, string path) =>
        job.Described?.Tree is { } known && (known.Files.Any(file => file.Path == path) || known.Links.Any(link => link.Path == path));

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
