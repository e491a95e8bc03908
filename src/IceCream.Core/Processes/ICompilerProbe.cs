namespace IceCream.Processes;

/// <summary>A compiler's answer to a query.</summary>
/// <param name="ExitCode">Zero when it succeeded.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProbeAnswer(int ExitCode, string Output, string Errors)
{
    /// <summary>The first line of its error output, or the exit code when that is empty.</summary>
    public string FirstError
    {
        get
        {
            string text = Errors.Trim();
            int end = text.IndexOf('\n', StringComparison.Ordinal);
            return text.Length == 0 ? $"exit code {ExitCode}" : end < 0 ? text : text[..end].TrimEnd();
        }
    }
}

/// <summary>Queries a compiler of this machine about itself or about a source. Nothing is compiled and no shell is involved.</summary>
internal interface ICompilerProbe
{
    /// <summary>Runs a program and reads its whole output.</summary>
    /// <param name="program">Absolute.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="workingDirectory">The folder in which it runs.</param>
    /// <param name="environment">All its variables, as <c>NAME=value</c>.</param>
    /// <param name="cancellationToken">Kills the program.</param>
    /// <exception cref="IOException">It cannot be started, or its output exceeds the limit.</exception>
    ValueTask<ProbeAnswer> AskAsync(
        string program,
        IReadOnlyList<string> arguments,
        string workingDirectory,
        IReadOnlyList<string> environment,
        CancellationToken cancellationToken = default);
}
