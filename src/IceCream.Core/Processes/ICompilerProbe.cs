namespace IceCream.Processes;

/// <summary>What a compiler answered.</summary>
/// <param name="ExitCode">Zero when it succeeded.</param>
/// <param name="Output">Its standard output.</param>
/// <param name="Errors">Its standard error.</param>
internal sealed record ProbeAnswer(int ExitCode, string Output, string Errors)
{
    /// <summary>The first line of its complaint, or the exit code when it said nothing.</summary>
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

/// <summary>Asks a compiler of this machine about itself or about a source. Nothing is compiled and no shell takes part.</summary>
internal interface ICompilerProbe
{
    /// <summary>Runs a program and reads all that it prints.</summary>
    /// <param name="program">Absolute.</param>
    /// <param name="arguments">The arguments after the program's name.</param>
    /// <param name="workingDirectory">Where it runs.</param>
    /// <param name="environment">All its variables, as <c>NAME=value</c>.</param>
    /// <param name="cancellationToken">Kills it.</param>
    /// <exception cref="IOException">It cannot be started, or prints more than can be an answer.</exception>
    ValueTask<ProbeAnswer> AskAsync(
        string program,
        IReadOnlyList<string> arguments,
        string workingDirectory,
        IReadOnlyList<string> environment,
        CancellationToken cancellationToken = default);
}
