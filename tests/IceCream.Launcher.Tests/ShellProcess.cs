using System.Runtime.InteropServices;

namespace IceCream.Launcher.Tests;

/// <summary>How a shell command ended.</summary>
/// <param name="ExitCode">Its exit code; -1 when a signal ended it.</param>
/// <param name="Signal">The signal that ended it; 0 when it exited. A shell in between would hide the difference.</param>
/// <param name="StandardOutput">What it wrote.</param>
/// <param name="StandardError">What it wrote.</param>
public sealed record ShellOutcome(int ExitCode, int Signal, byte[] StandardOutput, byte[] StandardError);

/// <summary>A shell command, started with a whole environment of its own and with no signal ignored.</summary>
public sealed unsafe partial class ShellProcess
{
    private const short SignalDefaults = 0x04, SignalMask = 0x08;

    private ShellProcess(int id, string output, string error)
    {
        Id = id;
        End = Task.Factory.StartNew(() => Wait(id, output, error), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int Id { get; }

    public Task<ShellOutcome> End { get; }

    /// <summary>Starts a script.</summary>
    /// <param name="script">For <c>sh</c>.</param>
    /// <param name="environment">As <c>NAME=value</c>.</param>
    /// <param name="folder">The working directory, which also takes the files of its output.</param>
    public static ShellProcess Start(string script, IEnumerable<string> environment, string folder)
    {
        string files = Path.Combine(folder, ".shell-" + Guid.NewGuid().ToString("N"));
        string output = files + ".out", error = files + ".err";
        byte* attributes = stackalloc byte[1024];
        byte* signals = stackalloc byte[128];
        _ = StartAttributes(attributes);
        _ = SetFlags(attributes, SignalDefaults | SignalMask);
        _ = Fill(signals);
        _ = SetDefaults(attributes, signals);
        new Span<byte>(signals, 128).Clear();
        _ = SetMask(attributes, signals);

        string whole = $"cd '{folder}' && exec >'{output}' 2>'{error}' </dev/null\n{script}";
        nint[] arguments = Table(["sh", "-c", whole]), variables = Table(environment);
        int id, result;
        fixed (nint* argumentStart = arguments, variableStart = variables)
        {
            result = Spawn(&id, "/bin/sh", null, attributes, argumentStart, variableStart);
        }

        Array.ForEach(arguments, Marshal.FreeCoTaskMem);
        Array.ForEach(variables, Marshal.FreeCoTaskMem);
        return result == 0 ? new(id, output, error) : throw new IOException($"No shell: error {result}.");
    }

    public void Signal(int signal) => _ = Kill(Id, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    private static ShellOutcome Wait(int id, string output, string error)
    {
        int status;
        while (WaitFor(id, &status, 0) < 0 && Marshal.GetLastPInvokeError() == 4)
        {
        }

        int signal = status & 0x7F;
        return new(signal == 0 ? status >> 8 : -1, signal, File.ReadAllBytes(output), File.ReadAllBytes(error));
    }

    private static nint[] Table(IEnumerable<string> words) => [.. words.Select(Marshal.StringToCoTaskMemUTF8), 0];

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitFor(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(int* process, string program, byte* actions, byte* attributes, nint* arguments, nint* environment);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int StartAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetDefaults(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetMask(byte* attributes, byte* signals);

    [LibraryImport("libc", EntryPoint = "sigfillset")]
    private static partial int Fill(byte* signals);
}
