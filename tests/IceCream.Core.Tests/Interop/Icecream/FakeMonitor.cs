using IceCream.Interop.Icecream;
using Xunit;

namespace IceCream.Tests.Interop.Icecream;

/// <summary>A monitor as icemon and icecream-sundae are: it greets, says that it is one, and listens.</summary>
internal sealed class FakeMonitor(Stream stream, int version)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, string> _hosts = [];
    private readonly Dictionary<string, Frame> _told = [];

    public Stream Stream => stream;

    /// <summary>The version that both ends speak.</summary>
    public int Version { get; private set; }

    /// <summary>The names of the hosts that are there, by number.</summary>
    public IReadOnlyDictionary<string, string> Hosts => _hosts;

    /// <summary>Says the versions, and that it is a monitor.</summary>
    public async Task GreetAsync()
    {
        byte[] own = new byte[4], answer = new byte[8];
        ClassicVersion.Write(own, version);
        await stream.WriteAsync(own);
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(Patience);
        Assert.Equal("2b000000", Convert.ToHexStringLower(answer.AsSpan(0, 4)));
        Version = Math.Min(version, ClassicVersion.Newest);
        Assert.Equal(Version, answer[4]);
        await stream.WriteAsync(answer.AsMemory(4));
        await stream.WriteAsync(Convert.FromHexString("0000000400000052"));
    }

    /// <summary>Hears until something is told that is looked for.</summary>
    public async Task<Frame> HearAsync(Func<Frame, bool> wanted)
    {
        while (true)
        {
            Frame frame = await Frame.ReadAsync(stream, Version).WaitAsync(Patience);
            if (frame.Type == Frame.HostStats)
            {
                Note(frame);
            }

            if (wanted(frame))
            {
                return frame;
            }
        }
    }

    /// <summary>What was told of a host last; hears until one of the name is told.</summary>
    public async Task<Frame> HearOfAsync(string host) => _told.TryGetValue(host, out Frame? told) ? told
        : await HearAsync(frame => frame.Type == Frame.HostStats && frame["text"].StartsWith($"Name:{host}\n", StringComparison.Ordinal));

    /// <summary>Hears until the connection is closed.</summary>
    public async Task EndAsync()
    {
        byte[] buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience) > 0)
            {
            }
        }
        catch (IOException)
        {
            // Closed with what it had not read yet.
        }
    }

    private void Note(Frame frame)
    {
        if (frame["text"] == HostText.Offline)
        {
            _hosts.Remove(frame["host"]);
        }
        else
        {
            string name = frame["text"].Split('\n')[0]["Name:".Length..];
            _hosts[frame["host"]] = name;
            _told[name] = frame;
        }
    }
}
