using IceCream.Jobs;
using IceCream.Sandboxing;
using IceCream.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace IceCream.Toolchains;

/// <summary>Describes each compiler once for all that ask at the same time, and looks at every file of it again whenever it is asked for.</summary>
internal sealed partial class ToolchainCache(ICompilerProbe probe, IFileDigests digests, ILogger<ToolchainCache>? logger = null) : IToolchainCache
{
    /// <summary>A build uses a handful; more means that flags with ever new values move compiler files.</summary>
    private const int MostDescriptions = 256;

    private readonly ILogger _logger = logger ?? NullLogger<ToolchainCache>.Instance;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Task<ToolchainDescription>> _descriptions = new(StringComparer.Ordinal);

    public async ValueTask<Toolchain> GetAsync(CompileJob job, CancellationToken cancellationToken = default)
    {
        CompilerInvocation invocation = job.Invocation ?? throw new ArgumentException("The job's command line is not understood yet.", nameof(job));
        CompilerQuestions questions = CompilerQuestions.Of(job, invocation);
        string key = questions.Key;
        while (true)
        {
            bool begun = false;
            Task<ToolchainDescription>? description;
            lock (_gate)
            {
                if (!_descriptions.TryGetValue(key, out description))
                {
                    if (_descriptions.Count >= MostDescriptions)
                    {
                        _descriptions.Clear();
                    }

                    begun = true;
                    description = Task.Run(() => DescribeAsync(questions, invocation.Family), CancellationToken.None);
                    _descriptions.Add(key, description);
                }
            }

            ToolchainDescription known;
            try
            {
                known = await description.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (Exception) when (description.IsFaulted)
            {
                Forget(key, description);
                throw;
            }

            string? changed = begun ? null : known.FirstChange(digests);
            if (changed is null)
            {
                return known.Toolchain;
            }

            LogChanged(questions.Program, changed);
            Forget(key, description);
        }
    }

    private void Forget(string key, Task<ToolchainDescription> description)
    {
        lock (_gate)
        {
            if (_descriptions.TryGetValue(key, out Task<ToolchainDescription>? current) && current == description)
            {
                _descriptions.Remove(key);
            }
        }
    }

    private async Task<ToolchainDescription> DescribeAsync(CompilerQuestions questions, CompilerFamily family)
    {
        ProbeAnswer? report = CompilerLocator.IsWrapper(questions.Program) ? null
            : await questions.AskAsync(probe, CompilerReport.Question(questions.LanguageFlag), CancellationToken.None).ConfigureAwait(false);
        CompilerIdentity? identity = report is null ? null : CompilerIdentity.Read(report);
        if (report is null || identity is null || identity.Family != family)
        {
            throw new ToolchainException(
                $"{questions.Program} is {identity?.Family.ToString() ?? "no GCC or Clang"}, and the command is read as one of {family}; name the compiler itself.");
        }

        var tree = new ToolchainTree();
        var libraries = new LibraryClosure(tree, [.. (questions.Variable("LD_LIBRARY_PATH") ?? "").Split(':').Where(static folder => folder.StartsWith('/'))]);
        try
        {
            if (family == CompilerFamily.Gcc)
            {
                await GccToolchain.DescribeAsync(probe, questions, report, tree, libraries, CancellationToken.None).ConfigureAwait(false);
            }
            else
            {
                await ClangToolchain.DescribeAsync(probe, questions, report, tree, libraries, CancellationToken.None).ConfigureAwait(false);
            }

            LocaleFiles.Add(tree, questions, identity.Version);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ToolchainException($"A file of {questions.Program} cannot be read: {e.Message}", e);
        }

        ToolchainDescription description = ToolchainDescription.Of(tree, digests, $"{family} {identity.Version} for {identity.Target} ({questions.Program})");
        LogDescribed(description.Toolchain.Description, description.Toolchain.Tree.Files.Length, description.Toolchain.Digest);
        return description;
    }
}
