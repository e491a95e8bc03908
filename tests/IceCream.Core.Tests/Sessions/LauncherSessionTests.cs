using System.Net.Sockets;
using IceCream.Clients;
using IceCream.Execution;
using IceCream.Execution.History;
using IceCream.Jobs;
using IceCream.Platform;
using IceCream.Sessions;
using IceCream.Transport;
using IceCream.Wire;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace IceCream.Tests.Sessions;

/// <summary>What an agent does about a defect of its own that one command triggers.</summary>
public sealed class LauncherSessionTests
{
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task A_defect_is_told_whether_its_launcher_is_there_or_not(bool leaves, bool isOfFile)
    {
        string folder = Directory.CreateTempSubdirectory("session").FullName;
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        listener.Listen(1);
        using var launcher = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await launcher.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(folder, "s")));
        using var stream = new NetworkStream(await listener.AcceptAsync(), ownsSocket: true);
        var time = new FakeTimeProvider();
        var defective = new Defective(leaves ? launcher : null, isOfFile ? new IOException("broken") : new InvalidOperationException("broken"));
        var host = new AgentHost("user", defective, defective, new JobHistory(time), static () => throw new NotSupportedException(), FileView.Unknown, time);
        await launcher.SendAsync(LauncherCodec.Encode(new LauncherMessage.Request { CommandLine = ["gcc", "-c", "x.c"], Compiler = "/usr/bin/gcc", WorkingDirectory = "/" }));

        Task<bool> session = new LauncherSession(new StreamConnection(stream, "launcher", isLocal: true), host).RunAsync(static () => { }, CancellationToken.None);

        Assert.EndsWith("broken", (await Assert.ThrowsAsync<InvalidOperationException>(() => session)).Message, StringComparison.Ordinal);
        if (!leaves)
        {
            using var answers = new NetworkStream(launcher, ownsSocket: false);
            LauncherMessage? answer = await new AgentChannel(answers).ReceiveAsync(CancellationToken.None);
            Assert.Equal("a defect of the agent: broken", Assert.IsType<LauncherMessage.Refused>(answer).Text);
        }

        Directory.Delete(folder, recursive: true);
    }

    /// <param name="leaving">The launcher's end, if it leaves first.</param>
    /// <param name="defect">What it throws.</param>
    private sealed class Defective(Socket? leaving, Exception defect) : IJobExecutor
    {
        public ValueTask<CompileResult> ExecuteAsync(CompileJob job, CancellationToken cancellationToken = default)
        {
            leaving?.Dispose();
            throw defect;
        }
    }
}
