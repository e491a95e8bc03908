using System.Net;
using System.Net.Sockets;

namespace IceCream.EndToEnd.Tests.Kit;

/// <summary>Those who connect to a node and are no part of its farm: they close, are silent, or send noise.</summary>
internal sealed class Strangers : IDisposable
{
    private const int AtOnce = 64;

    private readonly List<Socket> _silent = [];
    private readonly Random _noise = new(1);

    /// <summary>Connects so often to each door, and closes at once.</summary>
    public static async Task CloseAtOnceAsync(EndPoint[] doors, int count) =>
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (i, cancellationToken) =>
        {
            using Socket? socket = await ConnectAsync(doors[i % doors.Length], cancellationToken);
        });

    /// <summary>Connects so often, and stays without a word.</summary>
    public async Task StaySilentAsync(EndPoint[] doors, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (await ConnectAsync(doors[i % doors.Length], CancellationToken.None) is { } socket)
            {
                _silent.Add(socket);
            }
        }
    }

    /// <summary>Connects so often, and sends bytes that mean nothing, until the node hangs up or will not take more.</summary>
    public async Task MakeNoiseAsync(EndPoint[] doors, int count)
    {
        for (int i = 0; i < count; i++)
        {
            using Socket? socket = await ConnectAsync(doors[i % doors.Length], CancellationToken.None);
            byte[] noise = new byte[_noise.Next(1, 64 << 10)];
            _noise.NextBytes(noise);
            try
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                await (socket?.SendAsync(noise, SocketFlags.None, patience.Token) ?? ValueTask.FromResult(0));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // It has heard enough.
            }
        }
    }

    /// <summary>How many of the silent ones the node has closed.</summary>
    public async Task<int> CountClosedAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        int[] closed = await Task.WhenAll(_silent.Select(async socket =>
        {
            byte[] heard = new byte[4096];
            try
            {
                // A node may say a word before it hangs up: its beat.
                while (await socket.ReceiveAsync(heard, SocketFlags.None, deadline.Token) > 0)
                {
                }

                return 1;
            }
            catch (SocketException)
            {
                return 1;
            }
            catch (OperationCanceledException)
            {
                return 0;
            }
        }));
        return closed.Sum();
    }

    public void Dispose() => _silent.ForEach(static socket => socket.Dispose());

    private static async Task<Socket?> ConnectAsync(EndPoint door, CancellationToken cancellationToken)
    {
        var socket = new Socket(door.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(door, cancellationToken);
            return socket;
        }
        catch (SocketException)
        {
            // A queue that is full is an answer too.
            socket.Dispose();
            return null;
        }
    }
}
