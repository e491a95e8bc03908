using IceCream.Jobs;
using IceCream.Transport;
using Xunit;

namespace IceCream.Tests.Transport;

public sealed class TcpTransportTests : TransportContract
{
    protected override ITransport Transport { get; } = new TcpTransport();

    protected override FarmAddress NewAddress() => FarmAddress.Tcp("127.0.0.1", 0);

    [Fact]
    public async Task Port_zero_is_replaced_by_the_port_that_was_chosen()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        Assert.InRange(listener.LocalAddress.Port, 1, ushort.MaxValue);
    }

    [Theory]
    [InlineData("*")]
    [InlineData("::")]
    [InlineData("0.0.0.0")]
    public async Task A_wildcard_answers_ipv4(string host)
    {
        await using ITransportListener listener = await Transport.ListenAsync(FarmAddress.Tcp(host, 0));
        Task<ITransportConnection?> accepting = listener.AcceptAsync().AsTask();
        await using ITransportConnection near = await Transport.ConnectAsync(FarmAddress.Tcp("127.0.0.1", listener.LocalAddress.Port));
        await using ITransportConnection? far = await accepting.WaitAsync(Patience);
        Assert.StartsWith("127.0.0.1:", far!.RemoteName, StringComparison.Ordinal);
        Assert.True(far.IsLocal);
    }

    [Fact]
    public async Task Host_names_are_resolved_for_listening_and_for_connecting()
    {
        await using ITransportListener listener = await Transport.ListenAsync(FarmAddress.Tcp("localhost", 0));
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task An_unknown_host_is_an_error_that_names_it()
    {
        IOException e = await Assert.ThrowsAsync<IOException>(
            async () => await Transport.ConnectAsync(FarmAddress.Tcp("no-such-host.invalid", 1)));
        Assert.Contains("no-such-host.invalid", e.Message, StringComparison.Ordinal);
    }
}

public sealed class UnixTransportTests : TransportContract, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("ice");
    private int _sockets;

    protected override ITransport Transport { get; } = new UnixTransport();

    protected override FarmAddress NewAddress() => FarmAddress.Unix(Path.Combine(_directory.FullName, $"socket{++_sockets}"));

    [Fact]
    public async Task The_socket_belongs_to_its_owner_alone()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(listener.LocalAddress.Host));
        }
    }

    [Fact]
    public async Task A_stale_socket_file_is_replaced()
    {
        FarmAddress address = NewAddress();
        string aside = address.Host + ".aside";
        ITransportListener dead = await Transport.ListenAsync(address);
        // Moved aside and back, the file outlives its listener as it does a crash.
        File.Move(address.Host, aside);
        await dead.DisposeAsync();
        File.Move(aside, address.Host);

        await using ITransportListener listener = await Transport.ListenAsync(address);
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Theory]
    [InlineData("")]
    [InlineData("precious")]
    public async Task A_file_that_is_no_socket_is_left_alone(string content)
    {
        FarmAddress address = NewAddress();
        await File.WriteAllTextAsync(address.Host, content);
        await Assert.ThrowsAsync<IOException>(async () => await Transport.ListenAsync(address));
        Assert.Equal(content, await File.ReadAllTextAsync(address.Host));
    }

    [Fact]
    public async Task A_file_that_another_process_has_locked_is_no_socket_either()
    {
        FarmAddress address = NewAddress();
        await using var locked = new FileStream(address.Host, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        await Assert.ThrowsAsync<IOException>(async () => await Transport.ListenAsync(address));
        Assert.True(File.Exists(address.Host));
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_an_error_that_says_so()
    {
        FarmAddress address = NewAddress();
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await Transport.ConnectAsync(address));
        Assert.Equal($"Cannot connect to {address}: there is no such socket", e.Message);
        FarmAddress homeless = FarmAddress.Unix(Path.Combine(_directory.FullName, "none", "socket"));
        e = await Assert.ThrowsAsync<IOException>(async () => await Transport.ListenAsync(homeless));
        Assert.Equal($"Cannot listen at {homeless}: its folder does not exist", e.Message);
    }

    [Fact]
    public async Task A_path_that_is_too_long_is_an_error_that_says_so()
    {
        FarmAddress address = FarmAddress.Unix("/tmp/" + new string('a', UnixTransport.MaxPathBytes - 4));
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await Transport.ListenAsync(address));
        Assert.Contains("108 bytes", e.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<IOException>(async () => await Transport.ConnectAsync(address));
    }

    [Fact]
    public async Task The_longest_path_works()
    {
        FarmAddress address = NewAddress();
        address = address with { Host = address.Host.PadRight(UnixTransport.MaxPathBytes, 'a') };
        await using ITransportListener listener = await Transport.ListenAsync(address);
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

public sealed class InMemoryTransportTests : TransportContract
{
    protected override ITransport Transport { get; } = new InMemoryTransport();

    protected override FarmAddress NewAddress() => FarmAddress.Memory("here");

    [Fact]
    public async Task Two_instances_never_meet()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        await Assert.ThrowsAsync<IOException>(async () => await new InMemoryTransport().ConnectAsync(listener.LocalAddress));
    }

    [Fact]
    public async Task A_connection_nobody_accepted_ends_with_its_listener()
    {
        ITransportListener listener = await Transport.ListenAsync(NewAddress());
        await using ITransportConnection near = await Transport.ConnectAsync(listener.LocalAddress);
        await listener.DisposeAsync();
        Assert.Equal(0, await near.Stream.ReadAsync(new byte[1]).AsTask().WaitAsync(Patience));
    }

    [Fact]
    public async Task A_writer_far_ahead_of_its_reader_waits()
    {
        await using ITransportListener listener = await Transport.ListenAsync(NewAddress());
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(listener);
        Task writing = near.Stream.WriteAsync(new byte[4 << 20]).AsTask();
        Assert.False(writing.IsCompleted);
        await ReadAsync(far.Stream, 4 << 20);
        await writing.WaitAsync(Patience);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }
}

public sealed class CompositeTransportTests : TransportContract
{
    protected override ITransport Transport { get; } = new CompositeTransport(new TcpTransport(), new UnixTransport(), new InMemoryTransport());

    protected override FarmAddress NewAddress() => FarmAddress.Memory("there");

    [Fact]
    public async Task Each_address_goes_to_the_transport_that_serves_it()
    {
        await using ITransportListener tcp = await Transport.ListenAsync(FarmAddress.Tcp("127.0.0.1", 0));
        await using ITransportListener memory = await Transport.ListenAsync(NewAddress());
        Assert.NotEqual(0, tcp.LocalAddress.Port);
        (ITransportConnection near, ITransportConnection far) = await ConnectAsync(tcp);
        await near.DisposeAsync();
        await far.DisposeAsync();
    }

    [Fact]
    public async Task An_address_nobody_serves_is_an_error_that_names_it()
    {
        IOException e = await Assert.ThrowsAsync<IOException>(async () => await Transport.ListenAsync(new FarmAddress("pigeon", "loft")));
        Assert.Contains("pigeon:loft", e.Message, StringComparison.Ordinal);
    }
}
