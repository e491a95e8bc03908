using System.Diagnostics;
using IceCream.Clients;
using IceCream.Jobs;
using IceCream.Transport;
using IceCream.Wire;

namespace IceCream.Benchmarks.Saturation;

/// <summary>Brings commands to an agent by its socket: as a launcher, or through real ones.</summary>
internal sealed class Launches(string socket, string folder, string compiler, string launcher)
{
    /// <returns>Whether the command was done, and not handed back.</returns>
    public Task<bool> RunAsync(string[] command) => launcher.Length == 0 ? SpeakAsync(command) : StartAsync(command);

    private async Task<bool> SpeakAsync(string[] command)
    {
        await using ITransportConnection connection = await new UnixTransport().ConnectAsync(FarmAddress.Unix(socket));
        var channel = new AgentChannel(connection.Stream);
        await channel.SendAsync(
            new LauncherMessage.Request { CommandLine = [.. command], Compiler = compiler, WorkingDirectory = folder, Umask = 0b000_010_010, Mode = JobMode.Remote, View = IceCream.Platform.FileView.Own() },
            CancellationToken.None);
        while (await channel.ReceiveAsync(CancellationToken.None) is { } message)
        {
            if (message is not LauncherMessage.Working)
            {
                return message is LauncherMessage.Finished { ExitCode: 0 };
            }
        }

        return false;
    }

    private async Task<bool> StartAsync(string[] command)
    {
        var start = new ProcessStartInfo(launcher, command) { WorkingDirectory = folder };
        start.Environment["ICECREAM_SOCKET"] = socket;
        start.Environment["ICECREAM_MODE"] = "remote";
        start.Environment["ICECREAM_AUTOSTART"] = "0";
        start.Environment["ICECREAM_CACHE"] = "off";
        using Process process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0;
    }
}
