using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using IceCream.Platform;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Sandboxing.Escapes;

/// <summary>An empty root with the malicious compiler in it, and on this machine all that it wants to reach: as one user.</summary>
public sealed class EscapeFolder : IAsyncDisposable
{
    private const string Nobody = "65534", SecretText = "a secret of this machine";

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-escapes-").FullName;
    private readonly bool _isNobody;
    private readonly int _queue = Random.Shared.Next(1 << 20, 1 << 30);
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly Socket _local = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string _abstract;
    private Process _process = null!;
    private Observer _observer = null!;

    private EscapeFolder(bool isNobody)
    {
        _isNobody = isNobody;
        _abstract = Path.GetFileName(_folder);
    }

    /// <summary>The users that this process can act as: root, and whom root can become.</summary>
    public static string[] Users { get; } = Linux.EffectiveUser() == 0 ? ["root", "nobody"] : ["self"];

    private string Root => _folder + "/root";

    public string Work => _folder + "/work";

    public static async Task<EscapeFolder> CreateAsync(string user)
    {
        var folder = new EscapeFolder(user == "nobody");
        await folder.PrepareAsync();
        return folder;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _listener.Dispose();
        _local.Dispose();
        _observer.Dispose();
        await RunAsync(Root + "/escape", "--remove-queue", _queue.ToString(CultureInfo.InvariantCulture));
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Tries attempts in one sandbox.</summary>
    /// <returns>How each went: <c>held</c> or <c>out</c>, and an error number.</returns>
    internal async Task<Dictionary<string, string>> TryAsync(IEnumerable<string> names, Defences defences, bool observed, bool wholeMachine = false)
    {
        // An earlier attempt may have got out, and removed it.
        await File.WriteAllTextAsync($"{Root}/tool", "a compiler");
        File.SetUnixFileMode($"{Root}/tool", (UnixFileMode)0b110_110_110);
        SandboxOutcome outcome = await SandboxOf(defences).RunAsync(CommandOf(names, defences, observed, wholeMachine));
        string text = Encoding.UTF8.GetString(outcome.StandardOutput.Span);
        Assert.True(outcome.ExitCode == 0, $"{outcome.ExitCode} {text} {Encoding.UTF8.GetString(outcome.StandardError.Span)}");
        return text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Split(' ', 2)).ToDictionary(static line => line[0], static line => line[1], StringComparer.Ordinal);
    }

    private BubblewrapSandbox SandboxOf(Defences defences) =>
        new(TimeProvider.System, _isNobody ? _folder + "/bwrap" : null, defences: defences);

    private SandboxCommand CommandOf(IEnumerable<string> names, Defences defences, bool observed, bool wholeMachine) => new()
    {
        Root = wholeMachine ? "/" : Root,
        Mounts = wholeMachine ? [] : [new SandboxMount(Work, "/work", Writable: true)],
        CommandLine = [wholeMachine ? Root + "/escape" : "/escape", .. names],
        WorkingDirectory = "/",
        Environment =
        [
            $"PROCESS={_process.Id}", "SUPERVISOR=1", $"PORT={((IPEndPoint)_listener.LocalEndPoint!).Port}", $"ABSTRACT={_abstract}", $"QUEUE={_queue}",
            $"SECRET={_folder}/secret", $"SECRET_TEXT={SecretText}",
        ],
        Observation = observed ? new ObservationSettings(_observer, Preload: false, PreloadOptions.None) : null,
        Limits = new SandboxLimits { Processes = 50, Descriptors = 64, AddressSpace = 1L << 30, FileSize = defences.HasFlag(Defences.Limits) ? 1 << 20 : null },
    };

    private async Task PrepareAsync()
    {
        foreach (string name in new[] { "root/work", "root/proc", "root/dev", "root/etc", "work", "programs" })
        {
            Directory.CreateDirectory($"{_folder}/{name}");
        }

        await File.WriteAllTextAsync($"{_folder}/secret", SecretText);
        await RunAsync("gcc", "-O1", "-w", "-static", "-o", Root + "/escape", Source());
        await RunAsync(Root + "/escape", "--make-queue", _queue.ToString(CultureInfo.InvariantCulture));
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _local.Bind(new UnixDomainSocketEndPoint("\0" + _abstract));
        _local.Listen();
        _observer = Assert.IsType<Observer>(await Observer.PrepareAsync(_folder + "/programs", _folder + "/programs", new BubblewrapSandbox(TimeProvider.System), NullLogger.Instance));
        string[] asNobody = ["setpriv", "--reuid", Nobody, "--regid", Nobody, "--clear-groups"];
        ImmutableArray<string> sleep = [.. _isNobody ? asNobody : [], "sleep", "600"];
        _process = Process.Start(new ProcessStartInfo(sleep[0], sleep.Skip(1)))!;
        if (_isNobody)
        {
            await File.WriteAllTextAsync($"{_folder}/bwrap", $"#!/bin/sh\nexec {string.Join(' ', asNobody)} bwrap \"$@\"\n");
            await RunAsync("chmod", "755", _folder, $"{_folder}/bwrap");
            await RunAsync("chown", "-R", $"{Nobody}:{Nobody}", Root, Work, $"{_folder}/programs");
        }
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        string errors = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {process.ExitCode} {errors}");
    }

    private static string Source([CallerFilePath] string file = "") => Path.Combine(Path.GetDirectoryName(file)!, "escape.c");
}
