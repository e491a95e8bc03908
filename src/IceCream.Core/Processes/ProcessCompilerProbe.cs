using System.Collections.Concurrent;
using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace IceCream.Processes;

/// <summary>
/// Runs the compiler as a child process with empty standard input. A query that times out is not repeated for a while: a build has thousands of jobs,
/// and each would wait as long.
/// </summary>
/// <param name="time">Measures the timeout.</param>
/// <param name="patience">The timeout of a query; null for <see cref="PatienceWithCompilers"/>.</param>
internal sealed class ProcessCompilerProbe(TimeProvider? time = null, TimeSpan? patience = null) : ICompilerProbe
{
    /// <summary>
    /// A compiler answers queries about itself in milliseconds; on a machine overloaded by builds and tests, in seconds: ten have been seen to be too
    /// few.
    /// </summary>
    public static readonly TimeSpan PatienceWithCompilers = TimeSpan.FromSeconds(20);

    /// <summary>The includes of a source are found by preprocessing it. No job waits for a preprocessing that takes longer than this.</summary>
    public static readonly TimeSpan PatienceWithSources = TimeSpan.FromMinutes(2);

    /// <summary>How long a compiler that timed out is not queried.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    /// <summary>The most bytes of an answer. The dependency list of the largest known sources is well below a megabyte.</summary>
    private const int LongestAnswer = 64 << 20;

    private const int MostRemembered = 1024;

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly TimeSpan _patience = patience ?? PatienceWithCompilers;
    private readonly ConcurrentDictionary<string, long> _silent = new(StringComparer.Ordinal);

    public async ValueTask<ProbeAnswer> AskAsync(
        string program,
        IReadOnlyList<string> arguments,
        string workingDirectory,
        IReadOnlyList<string> environment,
        CancellationToken cancellationToken = default)
    {
        // A query about a source says nothing about the compiler: only the same query is suppressed.
        string key = _patience <= PatienceWithCompilers ? program : string.Join('\0', [program, workingDirectory, .. arguments]);
        if (_silent.TryGetValue(key, out long since) && _time.GetElapsedTime(since) < Silence)
        {
            throw NoAnswer(program);
        }

        using var deadline = new CancellationTokenSource(_patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            ProbeAnswer answer = await RunAsync(Describe(program, arguments, workingDirectory, environment), either.Token).ConfigureAwait(false);
            _silent.TryRemove(key, out _);
            return answer;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            if (_silent.Count >= MostRemembered)
            {
                _silent.Clear();
            }

            _silent[key] = _time.GetTimestamp();
            throw NoAnswer(program);
        }
    }

    private IOException NoAnswer(string program) => new(
        $"{program} has not answered a question within {_patience.TotalSeconds} s. It is asked with those variables only that compilers know: a script in its place may wait for one of its own");

    private static ProcessStartInfo Describe(string program, IReadOnlyList<string> arguments, string workingDirectory, IReadOnlyList<string> environment)
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
        foreach (string variable in environment.Append(ProbeEnvironment.WithoutFarm))
        {
            int equals = variable.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                start.Environment[variable[..equals]] = variable[(equals + 1)..];
            }
        }

        // A script in the compiler's place may call a launcher, which would query this agent again, or start another one.
        start.Environment["ICECREAM_DISABLE"] = "1";
        return start;
    }

    private static async Task<ProbeAnswer> RunAsync(ProcessStartInfo start, CancellationToken cancellationToken)
    {
        using var process = new Process { StartInfo = start };
        try
        {
            await SpawnGate.StartAsync(process).ConfigureAwait(false);
        }
        catch (Win32Exception e)
        {
            throw new IOException($"{start.FileName} cannot be started: {e.Message}", e);
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
                ChildProcess.KillWithChildren(process);
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
