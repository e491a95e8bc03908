using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using FsCheck.Xunit;
using IceCream.Transport;
using Nerdbank.Streams;
using Xunit;

namespace IceCream.Tests.Transport;

public sealed class FramedChannelTests
{
    private const int Limit = 1000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Frames_arrive_whole_and_in_order()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        await near.SendBytesAsync("first"u8.ToArray());
        await near.SendBytesAsync(ReadOnlyMemory<byte>.Empty);
        await near.SendAsync("third"u8.ToArray(), static (message, output) => output.Write(message));
        await near.CompleteAsync();
        Assert.Equal("first"u8.ToArray(), (await far.ReceiveAsync())!.Value.ToArray());
        Assert.Empty((await far.ReceiveAsync())!.Value.ToArray());
        Assert.Equal("third"u8.ToArray(), (await far.ReceiveAsync())!.Value.ToArray());
        Assert.Null(await far.ReceiveAsync());
    }

    [Fact]
    public async Task Frames_longer_than_the_pipe_buffers_arrive()
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        var near = new FramedChannel(left, 8 << 20);
        var far = new FramedChannel(right, 8 << 20);
        byte[] bytes = new byte[8 << 20];
        new Random(1).NextBytes(bytes);
        Task sending = near.SendBytesAsync(bytes).AsTask();
        Assert.True((await far.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value.ToArray().AsSpan().SequenceEqual(bytes));
        // The frame's room is given back by the next call.
        Task<ReadOnlySequence<byte>?> next = far.ReceiveAsync().AsTask();
        await sending.WaitAsync(Patience);
        await near.CompleteAsync();
        Assert.Null(await next.WaitAsync(Patience));
    }

    [Fact]
    public async Task Frames_of_many_senders_do_not_mix()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        Task sending = Task.WhenAll(Enumerable.Range(0, 50).Select(n => Task.Run(
            async () => await near.SendAsync((byte)n, static (value, output) => output.Write(Enumerable.Repeat(value, 100).ToArray())))));
        var seen = new HashSet<byte>();
        for (int i = 0; i < 50; i++)
        {
            byte[] frame = (await far.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value.ToArray();
            Assert.Equal(100, frame.Length);
            Assert.Single(frame.Distinct());
            seen.Add(frame[0]);
        }

        await sending.WaitAsync(Patience);
        Assert.Equal(50, seen.Count);
    }

    [Theory]
    [InlineData(Limit + 1u)]
    [InlineData(0x7fff_ffffu)]
    [InlineData(0xffff_ffffu)]
    public async Task A_frame_that_claims_too_much_is_refused_by_its_header_alone(uint length)
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        var far = new FramedChannel(right, Limit);
        byte[] header = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(header, length);
        await left.Output.WriteAsync(header);
        TransportException e = await Assert.ThrowsAsync<TransportException>(async () => await far.ReceiveAsync().AsTask().WaitAsync(Patience));
        Assert.Contains($"{length}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_frame_that_is_too_long_is_not_sent_and_the_next_one_is()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        await Assert.ThrowsAsync<TransportException>(async () => await near.SendBytesAsync(new byte[Limit + 1]));
        await near.SendBytesAsync(new byte[Limit]);
        Assert.Equal(Limit, (await far.ReceiveAsync())!.Value.Length);
    }

    [Fact]
    public async Task An_encoder_that_throws_leaves_nothing_behind()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        await Assert.ThrowsAsync<FormatException>(async () => await near.SendAsync(0, static (_, output) =>
        {
            output.Write("half"u8);
            throw new FormatException();
        }));
        await near.SendBytesAsync("whole"u8.ToArray());
        Assert.Equal("whole"u8.ToArray(), (await far.ReceiveAsync())!.Value.ToArray());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(7)]
    public async Task Bytes_that_end_within_a_frame_are_an_error(int arrived)
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        var far = new FramedChannel(right, Limit);
        await left.Output.WriteAsync(new byte[] { 9, 0, 0, 0, 1, 2, 3 }.AsMemory(0, arrived));
        await left.Output.CompleteAsync();
        await Assert.ThrowsAsync<TransportException>(async () => await far.ReceiveAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Receiving_can_be_cancelled_and_goes_on()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        using var cancel = new CancellationTokenSource();
        Task<ReadOnlySequence<byte>?> pending = far.ReceiveAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => pending.WaitAsync(Patience));
        await near.SendBytesAsync("x"u8.ToArray());
        Assert.Equal("x"u8.ToArray(), (await far.ReceiveAsync())!.Value.ToArray());
    }

    [Fact]
    public async Task Sending_on_a_closed_channel_is_an_error()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        await far.DisposeAsync();
        await Assert.ThrowsAsync<TransportException>(async () => await near.SendBytesAsync("x"u8.ToArray()));
        await near.DisposeAsync();
        await Assert.ThrowsAsync<TransportException>(async () => await near.SendBytesAsync("x"u8.ToArray()));
        await Assert.ThrowsAsync<TransportException>(async () => await near.ReceiveAsync());
        await near.DisposeAsync();
    }

    [Property]
    public bool Random_bytes_end_in_frames_or_in_an_error(byte[] bytes, byte firstLength) =>
        DrainAsync([firstLength, 0, 0, 0, .. bytes]).WaitAsync(Patience).GetAwaiter().GetResult() &&
        DrainAsync(bytes).WaitAsync(Patience).GetAwaiter().GetResult();

    private static async Task<bool> DrainAsync(byte[] bytes)
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        var far = new FramedChannel(right, Limit);
        await left.Output.WriteAsync(bytes);
        await left.Output.CompleteAsync();
        long framed = 0;
        try
        {
            while (await far.ReceiveAsync() is { } frame)
            {
                framed += 4 + frame.Length;
            }

            return framed == bytes.Length;
        }
        catch (TransportException)
        {
            return framed < bytes.Length;
        }
    }

    [Fact]
    public async Task Frames_that_others_follow_leave_with_the_last()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        await near.SendAsync("one"u8.ToArray(), static (message, output) => output.Write(message), isFollowed: true, default);
        await near.SendBytesAsync("two"u8.ToArray(), isFollowed: true, default);
        Task<ReadOnlySequence<byte>?> first = far.ReceiveAsync().AsTask();
        Assert.False(first.IsCompleted);
        await near.SendBytesAsync("three"u8.ToArray());
        Assert.Equal("one"u8.ToArray(), (await first.WaitAsync(Patience))!.Value.ToArray());
        Assert.Equal("two"u8.ToArray(), (await far.ReceiveAsync())!.Value.ToArray());
        Assert.Equal("three"u8.ToArray(), (await far.ReceiveAsync())!.Value.ToArray());
    }

    [Fact]
    public async Task A_frame_whose_follower_never_comes_leaves_with_the_end()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        await near.SendBytesAsync("one"u8.ToArray(), isFollowed: true, default);
        await near.DisposeAsync();
        Assert.Equal("one"u8.ToArray(), (await far.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value.ToArray());
        Assert.Null(await far.ReceiveAsync().AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task Many_bytes_leave_although_others_follow()
    {
        (FramedChannel near, FramedChannel far) = Pair();
        Task<ReadOnlySequence<byte>?> first = far.ReceiveAsync().AsTask();
        const int Frames = ((64 << 10) / Limit) + 1;
        Task sending = SendAsync();
        Assert.Equal(Limit, (await first.WaitAsync(Patience))!.Value.Length);

        // The pipe has no room for all of them until the first is taken out.
        for (int received = 1; received < Frames; received++)
        {
            Assert.Equal(Limit, (await far.ReceiveAsync().AsTask().WaitAsync(Patience))!.Value.Length);
        }

        await sending.WaitAsync(Patience);

        async Task SendAsync()
        {
            for (int sent = 0; sent < Frames; sent++)
            {
                await near.SendBytesAsync(new byte[Limit], isFollowed: true, default);
            }
        }
    }

    [Fact]
    public async Task Discarded_frames_are_gone_and_a_part_of_one_waits_for_the_rest()
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        var far = new FramedChannel(right, 1);
        byte[] begin = [1, 0, 0, 0, 7, 0, 0, 0, 0, 1, 0, 0], rest = [0, 7, 1, 0, 0, 0, 7];
        await left.Output.WriteAsync(begin);
        Assert.True(await far.DiscardAsync().AsTask().WaitAsync(Patience));
        Task<bool> next = far.DiscardAsync().AsTask();
        Assert.False(next.IsCompleted);
        await left.Output.WriteAsync(rest);
        Assert.True(await next.WaitAsync(Patience));
        next = far.DiscardAsync().AsTask();
        Assert.False(next.IsCompleted);
        await left.Output.CompleteAsync();
        Assert.False(await next.WaitAsync(Patience));
    }

    [Fact]
    public async Task A_discarded_frame_that_claims_too_much_is_refused_by_its_header_alone()
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        var far = new FramedChannel(right, 1);
        byte[] frames = [1, 0, 0, 0, 7, 2, 0, 0, 0];
        await left.Output.WriteAsync(frames);
        await Assert.ThrowsAsync<TransportException>(async () => await far.DiscardAsync());
    }

    private static (FramedChannel Near, FramedChannel Far) Pair()
    {
        (IDuplexPipe left, IDuplexPipe right) = FullDuplexStream.CreatePipePair();
        return (new FramedChannel(left, Limit), new FramedChannel(right, Limit));
    }
}
