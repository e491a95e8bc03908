using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using IceCream.Caching;
using IceCream.Host.Caching.Ccache;
using IceCream.Host.Tests.Kit;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Host.Tests.Caching;

/// <summary>The storage helper as ccache meets it: byte by byte, on its socket.</summary>
public sealed class CcacheHelperTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TestFolder _folder = new();
    private readonly Drawer _drawer = new();
    private readonly CancellationTokenSource _ending = new();
    private CcacheHelper _helper = null!;
    private Task _running = Task.CompletedTask;

    private string Socket => Path.Combine(_folder.Path, "helper.sock");

    public Task InitializeAsync()
    {
        _helper = new CcacheHelper(Socket, new CcacheStorage(_drawer, TimeProvider.System), idle: null, "icehost 1.2.3", TimeProvider.System);
        _running = _helper.RunAsync(_ending.Token);
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running.WaitAsync(Patience);
        await _helper.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task What_is_put_is_there_until_it_is_removed()
    {
        await using NetworkStream ccache = await GreetAsync();
        Assert.Equal([1], await AskAsync(ccache, [0, 3, 1, 2, 3], 1));
        Assert.Equal([0], await AskAsync(ccache, [1, 3, 1, 2, 3, 0, .. Length(5), .. "value"u8], 1));
        Assert.Equal([0, .. Length(5), .. "value"u8], await AskAsync(ccache, [0, 3, 1, 2, 3], 14));

        // Without the flag another value stays; with it, it goes.
        Assert.Equal([1], await AskAsync(ccache, [1, 3, 1, 2, 3, 0, .. Length(1), 9], 1));
        Assert.Equal([0], await AskAsync(ccache, [1, 3, 1, 2, 3, 1, .. Length(0)], 1));
        Assert.Equal([0, .. Length(0)], await AskAsync(ccache, [0, 3, 1, 2, 3], 9));

        Assert.Equal([0], await AskAsync(ccache, [2, 3, 1, 2, 3], 1));
        Assert.Equal([1], await AskAsync(ccache, [2, 3, 1, 2, 3], 1));
        Assert.Equal([1], await AskAsync(ccache, [0, 3, 1, 2, 3], 1));
    }

    [Fact]
    public void A_file_that_is_no_socket_is_left_alone()
    {
        string path = _folder.Write("precious", "text");
        Assert.Throws<IOException>(() => new CcacheHelper(path, new CcacheStorage(_drawer, TimeProvider.System), idle: null, "icehost 1.2.3", TimeProvider.System));
        Assert.Equal("text", File.ReadAllText(path));
    }

    [Fact]
    public async Task Long_values_and_keys_arrive_whole()
    {
        byte[] key = [.. Enumerable.Range(0, 255).Select(static number => (byte)number)], value = new byte[3_000_000];
        new Random(1).NextBytes(value);
        await using NetworkStream ccache = await GreetAsync(), other = await GreetAsync();
        Assert.Equal([0], await AskAsync(ccache, [1, 255, .. key, 0, .. Length(value.Length), .. value], 1));
        Assert.Equal([0, .. Length(value.Length), .. value], await AskAsync(other, [0, 255, .. key], 9 + value.Length));
    }

    [Fact]
    public async Task A_value_that_is_damaged_is_none()
    {
        await using NetworkStream ccache = await GreetAsync();
        await AskAsync(ccache, [1, 1, 7, 0, .. Length(5), .. "value"u8], 1);
        (SharedKind, Digest) place = _drawer.Things.Keys.Single();
        byte[] whole = _drawer.Things[place];
        for (int length = 0; length < whole.Length; length++)
        {
            _drawer.Things[place] = whole[..length];
            Assert.Equal([1], await AskAsync(ccache, [0, 1, 7], 1));
            _drawer.Things[place] = [.. whole[..length], (byte)(whole[length] ^ 1), .. whole[(length + 1)..]];
            Assert.Equal([1], await AskAsync(ccache, [0, 1, 7], 1));
        }
    }

    [Fact]
    public async Task A_store_that_fails_is_an_error_with_a_reason()
    {
        _drawer.Fault = "no";
        await using NetworkStream ccache = await GreetAsync();
        byte[] reason = [.. "shared: no"u8];
        Assert.Equal([2, (byte)reason.Length, .. reason], await AskAsync(ccache, [0, 1, 7], 2 + reason.Length));
        Assert.Equal([2, (byte)reason.Length, .. reason], await AskAsync(ccache, [1, 1, 7, 1, .. Length(1), 0], 2 + reason.Length));
    }

    [Fact]
    public async Task It_says_who_it_is_and_where_values_lie()
    {
        await using NetworkStream ccache = await GreetAsync();
        Assert.Equal(
            [.. Message("icehost 1.2.3"), 1, .. Message("values lie in drawer")], await AskAsync(ccache, [4], Message("icehost 1.2.3").Length + 1 + Message("values lie in drawer").Length));
    }

    [Fact]
    public async Task It_stops_when_it_is_told_whoever_else_is_there()
    {
        await using NetworkStream ccache = await GreetAsync(), other = await GreetAsync();
        Assert.Equal([0], await AskAsync(ccache, [3], 1));
        await _running.WaitAsync(Patience);
        Assert.Equal(0, await other.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    /// <summary>Lengths that are not to be believed, questions that are none, and sentences that break off: the connection ends, and the helper goes on.</summary>
    [Theory]
    [InlineData(new byte[] { 5 })]
    [InlineData(new byte[] { 255, 255, 255 })]
    [InlineData(new byte[] { 0, 200, 1 })]
    [InlineData(new byte[] { 1, 1, 1, 0, 255, 255, 255, 255, 255, 255, 255, 255 })]
    [InlineData(new byte[] { 1, 1, 1, 0, 0, 0, 0, 1, 0, 0, 0, 1 })]
    public async Task Nonsense_ends_its_own_conversation(byte[] nonsense)
    {
        await using (NetworkStream bad = await GreetAsync())
        {
            await bad.WriteAsync(nonsense);
            bad.Socket.Shutdown(SocketShutdown.Send);
            byte[] rest = new byte[300];
            try
            {
                while (await bad.ReadAsync(rest).AsTask().WaitAsync(Patience) > 0)
                {
                }
            }
            catch (IOException)
            {
                // What it had not read of the nonsense makes of the end a reset.
            }
        }

        await using NetworkStream ccache = await GreetAsync();
        Assert.Equal([1], await AskAsync(ccache, [0, 1, 1], 1));
        Assert.Empty(_drawer.Things);
    }

    [Fact]
    public void Where_one_listens_no_other_does()
    {
        IOException refused = Assert.Throws<IOException>(() => new CcacheHelper(Socket, new CcacheStorage(_drawer, TimeProvider.System), null, "", TimeProvider.System));
        Assert.Contains("CRSH_IPC_ENDPOINT", refused.Message, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Socket));
    }

    private static byte[] Length(int length) => BitConverter.GetBytes((ulong)length);

    private static byte[] Message(string text) => [(byte)text.Length, .. Encoding.UTF8.GetBytes(text)];

    private static async Task<byte[]> AskAsync(NetworkStream stream, byte[] question, int length)
    {
        await stream.WriteAsync(question).AsTask().WaitAsync(Patience);
        byte[] answer = new byte[length];
        await stream.ReadExactlyAsync(answer).AsTask().WaitAsync(Patience);
        return answer;
    }

    private async Task<NetworkStream> GreetAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket));
        var stream = new NetworkStream(socket, ownsSocket: true);
        Assert.Equal([1, 2, 0, 1], await AskAsync(stream, [], 4));
        return stream;
    }

    /// <summary>A shared store in memory.</summary>
    private sealed class Drawer : ISharedResults
    {
        public ConcurrentDictionary<(SharedKind, Digest), byte[]> Things { get; } = new();

        public string? Fault { get; set; }

        public string Name => "drawer";

        public bool IsReadOnly => false;

        public ValueTask<byte[]?> GetAsync(SharedKind kind, Digest name, long limit, CancellationToken cancellationToken) =>
            Fault is { } fault ? throw new IOException(fault) : new(Things.GetValueOrDefault((kind, name)));

        public ValueTask<bool> ContainsAsync(SharedKind kind, Digest name, CancellationToken cancellationToken) => new(Things.ContainsKey((kind, name)));

        public ValueTask PutAsync(SharedKind kind, Digest name, ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            Things[(kind, name)] = Fault is { } fault ? throw new IOException(fault) : bytes.ToArray();
            return default;
        }

        public void Dispose()
        {
        }
    }
}
