using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.RegularExpressions;
using IceCream.EndToEnd.Tests.Kit;
using Mono.Unix.Native;

namespace IceCream.EndToEnd.Tests;

/// <summary>Users who lack something, one by one, as <c>docs/users.md</c> lists them: each compiles, is told what is unusual, and reaches the farm.</summary>
public sealed partial class UsersTests(UsersFarm farm) : IClassFixture<UsersFarm>
{
    private const string Compile = """
        cd "$WORK"
        ICECREAM_LOG="$WORK/log" "$LAUNCH" gcc -c a.c -o first.o
        echo "first $?"
        n=0
        until ICECREAM_MODE=remote ICECREAM_AUTOSTART=0 "$LAUNCH" gcc -c a.c -o then.o 2>>again; do
          n=$((n + 1))
          [ $n -lt "$TRIES" ] || break
        done
        "$HOST" stats --json >stats
        """;

    /// <summary>
    /// How each user comes to compile: <c>$SCRIPT</c> is what they run, <c>$WORK</c> their folder, <c>$ID</c> a number that is nobody's. Programs that
    /// run on the shared runtime keep each of its files open: those get 64 descriptors as a limit that a process may raise.
    /// </summary>
    private static readonly Dictionary<string, string> Ways = new(StringComparer.Ordinal)
    {
        ["root"] = "exec sh \"$SCRIPT\"",
        ["plain"] = "ID=65534; own; as sh \"$SCRIPT\"",
        ["no passwd entry"] = "own; unset USER LOGNAME; as sh \"$SCRIPT\"",
        ["no HOME"] = "own; unset HOME ICECREAM_STATE_DIR XDG_CACHE_HOME; as sh \"$SCRIPT\"",
        ["no runtime folder"] = "own; export XDG_RUNTIME_DIR=\"$WORK/none\"; as sh \"$SCRIPT\"",
        ["read-only HOME"] = "mkdir home; own; chown root home; chmod 555 home; unset ICECREAM_STATE_DIR XDG_CACHE_HOME; export HOME=\"$WORK/home\"; as sh \"$SCRIPT\"",
        ["a daemon of another user"] = "own; export ICECREAM_SOCKET=\"$SOCKET\" TRIES=1; as sh \"$SCRIPT\"",
        ["chroot"] = $"exec {string.Join(' ', Namespaces.Words)} sh -c 'mkdir root && mount --rbind / root && exec chroot root sh \"$SCRIPT\"'",
        ["su"] = "chmod 700 run; mkdir own; own; chown root run; export ICECREAM_STATE_DIR=\"$WORK/own\"; as sh \"$SCRIPT\"",
        ["cron"] = "own; mkdir -p .config/icecream; echo \"ICECREAM_SCHEDULER=$ICECREAM_SCHEDULER\" >.config/icecream/icecream.conf; as env -i HOME=\"$WORK\" PATH=/usr/bin:/bin SHELL=/bin/sh LOGNAME=u $DOTNET WORK=\"$WORK\" LAUNCH=\"$LAUNCH\" HOST=\"$HOST\" TRIES=\"$TRIES\" sh \"$SCRIPT\"",
        ["umask 077"] = "umask 077; exec sh \"$SCRIPT\"",
        ["no LANG"] = "unset LANG LC_ALL; exec sh \"$SCRIPT\"",
        ["64 descriptors"] = "if [ -e \"$LAUNCH.dll\" ]; then ulimit -Sn 64; else ulimit -n 64; fi; exec sh \"$SCRIPT\"",
        ["3,000 descriptors open"] = "ulimit -n 4096; exec bash -c 'i=10; while [ $i -lt 3010 ]; do eval \"exec $i</dev/null\"; i=$((i + 1)); done; exec sh \"$SCRIPT\"'",
        ["very long TMPDIR"] = "t=\"$WORK\"; while [ ${#t} -lt 3000 ]; do t=\"$t/a-folder-whose-name-is-long-enough-for-anybody\"; done; mkdir -p \"$t\"; export TMPDIR=\"$t\"; exec sh \"$SCRIPT\"",
    };

    public static TheoryData<string> Own() => [.. Ways.Keys.Where(user => !NeedsRoot(user))];

    public static TheoryData<string> Others() => [.. Ways.Keys.Where(user => NeedsRoot(user) && user != "chroot")];

    [Fact]
    public void The_table_lists_every_user() => Assert.Equal(Ways.Keys, Rows().Select(row => row.User));

    [NeedsTheory("gcc", "bwrap", "bash")]
    [MemberData(nameof(Own))]
    public Task Whoever_lacks_something_compiles_all_the_same(string user) => CompilesAsync(user);

    [NeedsTheory("gcc", "bwrap", "setpriv", "unshare", Root = true)]
    [MemberData(nameof(Others))]
    public Task Somebody_else_compiles_all_the_same(string user) => CompilesAsync(user);

    [Needs("gcc", "bwrap", "unshare", "chroot", Mounts = true)]
    public Task A_launcher_below_another_root_is_served_by_an_agent_there() => CompilesAsync("chroot");

    private async Task CompilesAsync(string user)
    {
        UserRow row = Rows().Single(row => row.User == user);
        using var space = new Workspace();
        uint id = user == "plain" ? 65534 : farm.NextUser();
        string work = space.Folder("work");
        space.Write("work/a.c", "#include <stdio.h>\nint a(void) { return puts(\"a\"); }\n");
        space.Folder("work/run");
        File.SetUnixFileMode(space.Root, (UnixFileMode)0b111_101_101);
        string script = space.Write("script", Compile);
        try
        {
            Ending ending = await Shell.RunAsync(
                "own() { chown -R \"$ID\" .; }; as() { exec setpriv --reuid \"$ID\" --regid \"$ID\" --clear-groups \"$@\"; }\n" + Ways[user], work,
                ("PATH", "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"), ("ICECREAM_AUTOSTART", "1"), ("ICECREAM_SCHEDULER", farm.Address), ("ICECREAM_STATE_DIR", $"{work}/state"), ("XDG_RUNTIME_DIR", $"{work}/run"), ("HOME", work),
                ("SCRIPT", script), ("WORK", work), ("LAUNCH", Programs.Launcher), ("HOST", Programs.Host), ("SOCKET", farm.Socket), ("TRIES", "200"),
                ("ID", id.ToString(CultureInfo.InvariantCulture)), ("DOTNET", Environment.GetEnvironmentVariable("DOTNET_ROOT") is { Length: > 0 } root ? $"DOTNET_ROOT={root}" : ""));
            string log = await ReadAsync($"{work}/log");
            string agent = AgentLog().Match(log) is { Success: true } named ? await ReadAsync(named.Groups[1].Value) : "";
            string all = $"{ending}\n{log}\n{agent}\n{await ReadAsync($"{work}/again")}";

            Assert.True(ending.Output.StartsWith($"first {row.ExitCode}\n", StringComparison.Ordinal), all);
            Assert.True(File.Exists($"{work}/first.o"), all);
            Assert.Contains("runs here: ", log, StringComparison.Ordinal);
            Assert.Contains(row.Said.Replace("UID", id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal), $"{log}\n{agent}", StringComparison.Ordinal);
            if (row.Then == "remote")
            {
                Statistics statistics = JsonSerializer.Deserialize<Statistics>(await ReadAsync($"{work}/stats"), Statistics.Names)!;
                Assert.True(statistics.Remote == 1 && File.Exists($"{work}/then.o"), $"{statistics}\n{all}");
            }
        }
        finally
        {
            await EndAgentsAsync(work, id);
        }
    }

    private static bool NeedsRoot(string user) => Ways[user].Contains("as ", StringComparison.Ordinal) || user is "chroot" or "root";

    private static async Task<string> ReadAsync(string path) => File.Exists(path) ? await File.ReadAllTextAsync(path) : "";

    /// <summary>Ends what the launchers of one user have started: known by where it listens, and so nobody else's.</summary>
    private static async Task EndAgentsAsync(string work, uint id)
    {
        string[] places = [$"/tmp/icecream-{id}", $"/var/tmp/icecream-{id}"];
        int[] agents = [.. ProcessTable.Read().Where(entry => !entry.IsDead && entry.Words.Contains(" --yield --socket ", StringComparison.Ordinal)
            && (entry.Words.Contains(work + "/", StringComparison.Ordinal) || entry.Words.Contains(places[0] + "/", StringComparison.Ordinal))).Select(entry => entry.Id)];
        foreach (int agent in agents)
        {
            Syscall.kill(agent, Signum.SIGTERM);
        }

        using var patience = new CancellationTokenSource(Shell.Patience);
        while (ProcessTable.Read().Any(entry => !entry.IsDead && agents.Contains(entry.Id)))
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }

        foreach (string place in places.Where(place => id != 65534 && Directory.Exists(place)))
        {
            Directory.Delete(place, recursive: true);
        }
    }

    private static UserRow[] Rows([CallerFilePath] string file = "") =>
        [.. File.ReadLines(Path.Combine(Path.GetDirectoryName(file)!, "../../docs/users.md"))
            .Select(line => TableRow().Match(line)).Where(match => match.Success)
            .Select(match => new UserRow(match.Groups[1].Value, match.Groups[2].Value, match.Groups[3].Value, match.Groups[4].Value))];

    [GeneratedRegex(@"^\| (.+?) \| (\d+) \| here \| (here|remote) \| `(.+)` \|$")]
    private static partial Regex TableRow();

    [GeneratedRegex("which writes to (/.+)")]
    private static partial Regex AgentLog();

    private sealed record UserRow(string User, string ExitCode, string Then, string Said);
}

/// <summary>A farm for users who bring their own agents, and numbers of users whom nobody knows.</summary>
public sealed class UsersFarm : IAsyncLifetime
{
    private FarmProcesses _farm = null!;
    private int _users = 61_000 + (Environment.ProcessId % 3000);

    public string Address => _farm.Address;

    /// <summary>The socket of an agent that is another user's.</summary>
    public string Socket => _farm.Socket;

    public uint NextUser() => (uint)Interlocked.Increment(ref _users);

    public async Task InitializeAsync() => _farm = await FarmProcesses.StartAsync(workers: 1);

    public async Task DisposeAsync() => await _farm.DisposeAsync();
}
