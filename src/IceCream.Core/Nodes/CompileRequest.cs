using System.Collections;
using System.Collections.Immutable;
using System.Text;
using IceCream.CommandLine;
using IceCream.Execution;
using IceCream.Jobs;
using IceCream.Toolchains;

namespace IceCream.Nodes;

/// <summary>A compiler's command as a build would type it: what an embedder asks a farm with.</summary>
/// <param name="CommandLine">The command, the compiler's name or path first. Not empty.</param>
/// <param name="WorkingDirectory">Where it is typed: an absolute path of a folder that is there.</param>
public sealed record CompileRequest(ImmutableArray<string> CommandLine, string WorkingDirectory)
{
    /// <summary>The environment, as <c>NAME=value</c>: <c>PATH</c> finds the compiler, and the rest is passed on as far as a compiler obeys it.</summary>
    /// <value>Default: the environment of this process.</value>
    public ImmutableArray<string> Environment { get; init; } =
        [.. System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().Select(static variable => $"{variable.Key}={variable.Value}")];

    /// <summary>The request as the job that it is, which may be changed and handed to any <see cref="IJobExecutor"/>.</summary>
    /// <exception cref="ArgumentException">The command is empty, or the folder is no absolute path.</exception>
    /// <exception cref="FileNotFoundException">No compiler of that name lies on the search path: wrappers such as ccache are passed over.</exception>
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
