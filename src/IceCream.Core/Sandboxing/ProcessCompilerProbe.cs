using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace IceCream.Sandboxing;

/// <summary>Asks by running the compiler as a child process with empty standard input.</summary>
internal sealed class ProcessCompilerProbe : ICompilerProbe
{
    /// <summary>The dependency list of the largest known sources is well below a megabyte.</summary>
    private const int LongestAnswer = 64 << 20;

    public async ValueTask<ProbeAnswer> AskAsync(
        string program,
        IReadOnlyList<string> arguments,
        string workingDirectory,
        IReadOnlyList<string> environment,
        CancellationToken cancellationToken = default)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        start.Environment.Clear();
        foreach (string variable in environment)
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                start.Environment[variable[..equals]] = variable[(equals + 1)..];
            }
        }

        using var process = new Process { StartInfo = start };
        try
        {
            await SpawnGate.StartAsync(process).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{program} cannot be started: {e.Message}", e);
        }

        try
        {
            process.StandardInput.Close();
            Task<string> output = ReadAsync(process.StandardOutput, cancellationToken);
            Task<string> errors = ReadAsync(process.StandardError, cancellationToken);
            await Task.WhenAll(output, errors).ConfigureAwait(false);
            await process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
            return new ProbeAnswer(process.ExitCode, await output.ConfigureAwait(false), await errors.ConfigureAwait(false));
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static async Task<string> ReadAsync(StreamReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var buffer = new char[16 << 10];
        int count;
        while ((count = await reader.ReadAsync(buffer, cancellationToken).ConfigureAwait(false)) > 0)
        {
            if (text.Length + count > LongestAnswer)
            {
                throw new IOException("The compiler printed more than can be an answer.");
            }

            text.Append(buffer, 0, count);
        }

        return text.ToString();
    }
}
