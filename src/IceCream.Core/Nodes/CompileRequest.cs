using System.Collections;
using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Nodes;

/// <summary>A compiler command as a build would run it: the request of an embedder to a farm.</summary>
/// <param name="CommandLine">The command, the compiler's name or path first. Not empty.</param>
/// <param name="WorkingDirectory">The working directory: an absolute path of an existing folder.</param>
public sealed record CompileRequest(ImmutableArray<string> CommandLine, string WorkingDirectory)
{
    /// <summary>The environment, as <c>NAME=value</c>: <c>PATH</c> is used to find the compiler, and variables that compilers use are passed on.</summary>
    /// <value>Default: the environment of this process.</value>
    public ImmutableArray<string> Environment { get; init; } =
        [.. System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => $"{variable.Key}={variable.Value}")];

    /// <summary>The request as a job, which can be changed and passed to any <see cref="IJobExecutor"/>.</summary>
    /// <exception cref="ArgumentException">The command is empty, or the folder is not an absolute path.</exception>
    /// <exception cref="FileNotFoundException">The search path has no compiler of that name: wrappers such as ccache are skipped.</exception>
    public CompileJob ToJob()
    {
        if (CommandLine.IsDefaultOrEmpty)
        {
            throw new ArgumentException("A command has at least the name of a compiler.");
        }

        if (!Path.IsPathRooted(WorkingDirectory))
        {
            throw new ArgumentException($"The working directory is '{WorkingDirectory}', and has to be an absolute path.");
        }

        string folder = CompilerLocator.RealPath(WorkingDirectory);
        string path = Environment.FirstOrDefault(static variable => variable.StartsWith("PATH=", StringComparison.Ordinal))?["PATH=".Length..] ?? "/usr/bin:/bin";
        return new CompileJob
        {
            CommandLine = CommandLine,
            Compiler = CompilerLocator.Find(CommandLine[0], path, folder, ImmutableHashSet<string>.Empty)
                ?? throw new FileNotFoundException($"No compiler '{CommandLine[0]}' was found on the path '{path}' from '{folder}'.", CommandLine[0]),
            WorkingDirectory = folder,
            Environment = [.. Environment.Where(Matters)],
            WithheldVariables = [.. Environment.Where(static variable => !Matters(variable))],
        };
    }

    private static bool Matters(string variable) => CompilerVariables.Matters(Encoding.UTF8.GetBytes(variable.Split('=')[0]));
}
