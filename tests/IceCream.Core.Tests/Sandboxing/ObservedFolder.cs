using System.Diagnostics;
using System.Globalization;
using System.Text;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>How a program is linked, which decides who sees its lookups: the object that it loads, or the supervisor.</summary>
public enum Linked
{
    /// <summary>With the C library of the system.</summary>
    Dynamic,

    /// <summary>With nothing to load.</summary>
    Static,

    /// <summary>With musl, which loads the object too.</summary>
    Musl,

    /// <summary>With musl, with nothing to load.</summary>
    MuslStatic,
}

/// <summary>A folder that the sandbox may write in, and small C programs that run there, observed or not.</summary>
public sealed class ObservedFolder : IAsyncLifetime
{
    private readonly string _programs = Directory.CreateTempSubdirectory("icecream-programs-").FullName;
    private readonly BubblewrapSandbox _sandbox = new(TimeProvider.System);
    private readonly Dictionary<string, string> _compiled = new(StringComparer.Ordinal);

    /// <summary>Real: no link leads to it.</summary>
    public string Root { get; } = Directory.CreateTempSubdirectory("icecream-seen-").FullName;

    internal Observer Observer { get; private set; } = null!;

    /// <summary>How many records lie on disk, free or in use.</summary>
    public int Records => Directory.GetDirectories(_programs, "record*").Length;

    public async Task InitializeAsync() => Observer = Assert.IsType<Observer>(await Observer.PrepareAsync(_programs, _programs, _sandbox, NullLogger.Instance));

    public Task DisposeAsync()
    {
        Observer.Dispose();
        Directory.Delete(_programs, recursive: true);
        Directory.Delete(Root, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Compiles a program, once for each way of linking; null where this machine cannot.</summary>
    public async Task<string?> CompileAsync(string source, Linked linked = Linked.Dynamic, params string[] flags)
    {
        string key = $"{linked} {string.Join(' ', flags)} {source}";
        if (_compiled.TryGetValue(key, out string? known))
        {
            return known.Length == 0 ? null : known;
        }

        string program = Path.Combine(_programs, "program" + _compiled.Count.ToString(CultureInfo.InvariantCulture));
        await File.WriteAllTextAsync(program + ".c", source);
        string[] how = linked is Linked.Static or Linked.MuslStatic ? ["-static"] : [];
        var start = new ProcessStartInfo(linked is Linked.Musl or Linked.MuslStatic ? "musl-gcc" : "gcc", [.. how, .. flags, "-o", program, program + ".c"]) { RedirectStandardError = true };
        string errors = $"{start.FileName} is not installed";
        bool made = false;
        if ((Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, start.FileName))))
        {
            using Process compiler = Process.Start(start)!;
            errors = await compiler.StandardError.ReadToEndAsync();
            await compiler.WaitForExitAsync();
            made = compiler.ExitCode == 0;
        }

        Assert.True(made || linked != Linked.Dynamic || flags.Contains("-m32"), errors);
        _compiled[key] = made ? program : "";
        return made ? program : null;
    }

    /// <summary>Runs a command in the sandbox over this machine's own files.</summary>
    /// <param name="command">The command; a first word that is relative starts at the folder.</param>
    /// <param name="observed">Whether it is observed.</param>
    /// <param name="change">What else is different.</param>
    internal async Task<SandboxOutcome> RunAsync(IEnumerable<string> command, bool observed = true, Func<SandboxCommand, SandboxCommand>? change = null)
    {
        var whole = new SandboxCommand
        {
            Root = "/",
            Mounts = [new SandboxMount(Root, Root, Writable: true)],
            CommandLine = [.. command],
            WorkingDirectory = Root,
            Environment = ["PATH=/usr/bin:/bin"],
            Observation = observed ? new ObservationSettings(Observer, Preload: true, PreloadOptions.None) : null,
        };
        return await _sandbox.RunAsync(change?.Invoke(whole) ?? whole);
    }

    /// <summary>Empties the folder and fills it as every program here finds it.</summary>
    public void Fill()
    {
        Directory.Delete(Root, recursive: true);
        Directory.CreateDirectory(Path.Combine(Root, "folder/deep"));
        File.WriteAllText(Path.Combine(Root, "found"), "found\n");
        File.WriteAllText(Path.Combine(Root, "folder/inner"), "inner\n");
        foreach ((string link, string target) in new[] { ("link", "folder"), ("dangling", "nowhere/at/all"), ("circle", "circle"), ("tofile", "link/inner"), ("folder/up", "../found") })
        {
            File.CreateSymbolicLink(Path.Combine(Root, link), target);
        }
    }

    internal static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);

    internal static string[] Lines(SandboxOutcome outcome) => Text(outcome.StandardOutput).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>What was seen below the folder.</summary>
    internal IEnumerable<Lookup> Seen(SandboxOutcome outcome) =>
        outcome.Lookups!.Lookups.Where(lookup => lookup.Path is { } path && path.StartsWith(Root + "/", StringComparison.Ordinal));
}
