using FsCheck.Xunit;
using IceCream.Transport;
using Nerdbank.Streams;
using Xunit;

namespace IceCream.Tests.Transport;

public sealed class GatheringStreamTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task What_is_written_leaves_at_the_flush_in_one_piece()
    {
        using var inner = new Recorder([]);
        await using var stream = new GatheringStream(inner, TimeProvider.System);
        await stream.WriteAsync("one "u8.ToArray());
        await stream.WriteAsync("two"u8.ToArray());
        Assert.Empty(inner.Written);
        await stream.FlushAsync();
        Assert.Equal("one two"u8.ToArray(), Assert.Single(inner.Written));
        await stream.FlushAsync();
        Assert.Single(inner.Written);
    }

    [Fact]
    public async Task A_full_piece_leaves_without_a_flush()
    {
        using var inner = new Recorder([]);
        await using var stream = new GatheringStream(inner, TimeProvider.System);
        byte[] bytes = new byte[300_000];
        new Random(1).NextBytes(bytes);
        await stream.WriteAsync(bytes);
        Assert.Equal(2, inner.Written.Count);
        await stream.FlushAsync();
        Assert.Equal(bytes, inner.Written.SelectMany(piece => piece));
    }

    [Property]
    public bool Bytes_are_read_as_they_came_whatever_the_sizes(byte[] sizes, int seed)
    {
        byte[] bytes = new byte[700_000];
        new Random(seed).NextBytes(bytes);
        return ReadAllAsync(bytes, [.. sizes, 1]).WaitAsync(Patience).GetAwaiter().GetResult().AsSpan().SequenceEqual(bytes);
    }

    [Fact]
    public async Task A_read_waits_for_no_more_than_has_come()
    {
        (Stream near, Stream far) = FullDuplexStream.CreatePair();
        await using var stream = new GatheringStream(near, TimeProvider.System);
        byte[] buffer = new byte[100];
        for (int i = 0; i < 3; i++)
        {
            await far.WriteAsync(new byte[100]);
            Assert.Equal(100, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience));
        }

        await far.DisposeAsync();
        Assert.Equal(0, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience));
        Assert.Equal(0, await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience));
    }

    private static async Task<byte[]> ReadAllAsync(byte[] bytes, byte[] sizes)
    {
        await using var stream = new GatheringStream(new Recorder(bytes), TimeProvider.System);
        using var read = new MemoryStream();
        byte[] buffer = new byte[255 << 10];
        for (int turn = 0; ; turn++)
        {
            int asked = 1 + (sizes[turn % sizes.Length] << 10);
            int came = await stream.ReadAsync(buffer.AsMemory(0, Math.Min(asked, buffer.Length)));
            if (came == 0)
            {
                return read.ToArray();
            }

            read.Write(buffer, 0, came);
        }
    }

    private sealed class Recorder(byte[] content) : MemoryStream(content)
    {
        public List<byte[]> Written { get; } = [];

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Written.Add(buffer.ToArray());
            return ValueTask.CompletedTask;
        }
    }
}
