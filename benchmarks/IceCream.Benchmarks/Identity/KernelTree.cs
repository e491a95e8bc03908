using System.Globalization;
using System.Runtime.CompilerServices;
using IceCream.Benchmarks.Processes;

namespace IceCream.Benchmarks.Identity;

/// <summary>Folders of the Linux kernel, built by its own make: with the compiler, and with the launcher before it.</summary>
internal sealed class KernelTree(IdentityOptions options)
{
    public const string Name = "kernel";

    private const string Archives = "/usr/src", Pattern = "linux-source-*.tar.xz";

    /// <summary>What would otherwise say when, by whom and where it was built.</summary>
    private static readonly string[] Fixed = ["KBUILD_BUILD_TIMESTAMP=Thu Jan  1 00:00:00 UTC 1970", "KBUILD_BUILD_USER=identity", "KBUILD_BUILD_HOST=identity"];

    private static readonly (string Program, string Package)[] Needs =
        [("make", "make"), ("gcc", "gcc"), ("bc", "bc"), ("flex", "flex"), ("bison", "bison"), ("xz", "xz-utils")];

    private static readonly Dictionary<string, string> Plain = [];

    private readonly string _folder = Path.Combine(options.Cache, "kernel");

    private IEnumerable<string> Goals => options.KernelFolders.Select(static folder => $"{folder}/");

    private string Tree => Path.Combine(_folder, "tree");

    /// <summary>One row. The outputs of both builds are kept in the cache, in <c>kernel/here</c> and <c>kernel/farm</c>, when they differ.</summary>
    public async IAsyncEnumerable<IdentityRow> CompareAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        string here = Path.Combine(_folder, "here"), there = Path.Combine(_folder, "farm");
        await BuildAsync("gcc", "", Plain, here, cancellationToken);
        await using LoopbackFarm farm = await LoopbackFarm.StartAsync(options.Programs, cancellationToken);
        string launcher = $"{farm.Launcher[0]} ";
        // The configuration depends on what the compiler is called: make asks it a hundred things again, which are no part of the build.
        await MakeAsync($"{launcher}gcc", ["prepare"], farm.Environment, cancellationToken);
        AgentReport prepared = await farm.ReportAsync(cancellationToken);
        await BuildAsync($"{launcher}gcc", launcher, farm.Environment, there, cancellationToken);
        IReadOnlyList<string> different = FolderComparison.Differences(here, there, static _ => true);
        // Before it builds anything, make asks the compiler what it can do: a make that has nothing to do asks the same again.
        AgentReport built = await farm.ReportAsync(cancellationToken);
        await MakeAsync($"{launcher}gcc", Goals, farm.Environment, cancellationToken);
        AgentReport agent = built.Without(prepared).Without((await farm.ReportAsync(cancellationToken)).Without(built));
        yield return new IdentityRow(Name, $"gcc, {string.Join(' ', options.KernelFolders)}", agent.Remote + agent.Local + agent.Failed, agent, different, [], [], MayFail: false);
        if (different.Count == 0)
        {
            Directory.Delete(here, recursive: true);
            Directory.Delete(there, recursive: true);
        }
    }

    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (Array.Find(Needs, static need => Tool.Find(need.Program) is null) is { Program: not null } missing)
        {
            throw new UnfitException($"The program '{missing.Program}' is missing: install {missing.Package}.");
        }

        if (!File.Exists(Path.Combine(Tree, ".config")))
        {
            string archive = Directory.EnumerateFiles(Archives, Pattern).Order(StringComparer.Ordinal).LastOrDefault()
                ?? throw new UnfitException($"There is no {Archives}/{Pattern}: install linux-source, bc, flex, bison, libelf-dev and libssl-dev.");
            await Tool.RunAsync(["rm", "-rf", Tree], cancellationToken);
            Directory.CreateDirectory(Tree);
            await Tool.RunAsync(["tar", "-xf", archive, "-C", Tree, "--strip-components=1"], cancellationToken);
            await Tool.RunAsync(["make", "-C", Tree, "defconfig"], cancellationToken);
        }

        await Tool.RunAsync(["make", "-C", Tree, $"-j{options.Jobs}", .. Fixed, "prepare"], cancellationToken);
    }

    /// <summary>Builds everything anew, and puts what came of it aside.</summary>
    /// <param name="compiler">The value of <c>CC</c>.</param>
    /// <param name="launcher">What of it is not to be seen in the commands that make writes down.</param>
    /// <param name="environment">The compiler's.</param>
    /// <param name="kept">A folder that is replaced.</param>
    /// <param name="cancellationToken">Ends the build.</param>
    private async Task BuildAsync(
        string compiler, string launcher, IReadOnlyDictionary<string, string> environment, string kept, CancellationToken cancellationToken)
    {
        foreach (string file in Outputs().ToArray())
        {
            File.Delete(file);
        }

        ToolAnswer answer = await MakeAsync(compiler, Goals, environment, cancellationToken);
        if (Directory.Exists(kept))
        {
            Directory.Delete(kept, recursive: true);
        }

        foreach (string file in Outputs())
        {
            string copy = Path.Combine(kept, Path.GetRelativePath(Tree, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
            if (launcher.Length > 0 && file.EndsWith(".cmd", StringComparison.Ordinal))
            {
                await File.WriteAllTextAsync(copy, (await File.ReadAllTextAsync(copy, cancellationToken)).Replace(launcher, "", StringComparison.Ordinal), cancellationToken);
            }
        }

        // The order is make's and not the compilers'.
        IEnumerable<string> words = answer.Errors.Split('\n').Where(static line => !line.StartsWith("make", StringComparison.Ordinal)).Order(StringComparer.Ordinal);
        await File.WriteAllLinesAsync(Path.Combine(kept, "stderr"), words, cancellationToken);
    }

    private async Task<ToolAnswer> MakeAsync(
        string compiler, IEnumerable<string> goals, IReadOnlyDictionary<string, string> environment, CancellationToken cancellationToken)
    {
        ToolAnswer answer = await Tool.AskAsync(
            [
                "make", "-C", Tree, "-k", string.Create(CultureInfo.InvariantCulture, $"-j{options.Jobs}"), $"CC={compiler}", .. Fixed, .. goals,
            ],
            cancellationToken, Tree, environment);
        return answer.ExitCode == 0 ? answer : throw new UnfitException($"The kernel does not build with CC='{compiler}':\n{answer.LastWords}");
    }

    private IEnumerable<string> Outputs() => options.KernelFolders
        .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Tree, folder), "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }))
        .Where(static file => Path.GetExtension(file) is ".o" or ".a" or ".cmd" or ".d" or ".s" or ".order" or ".mod");
}
