using System.Diagnostics;
using IceCream.Jobs;
using IceCream.Transport;

namespace IceCream.Benchmarks.Saturation;

/// <summary>A sleeping farm in a process of its own, so that the client's processor time can be told from the farm's.</summary>
internal sealed class FarmProcess : IAsyncDisposable
{
    /// <summary>The quick path that it is started with.</summary>
    public const string Word = "saturation-workers";

    private readonly Process _process;

    private FarmProcess(Process process, FarmAddress address) => (_process, Address) = (process, address);

    /// <summary>The scheduler's address.</summary>
    public FarmAddress Address { get; }

    /// <summary>The processor time that the farm has used so far.</summary>
    public TimeSpan Used
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>Starts one with the same options as this process.</summary>
    public static async Task<FarmProcess> StartAsync(string[] arguments, string folder)
    {
        string program = Environment.ProcessPath!, assembly = typeof(FarmProcess).Assembly.Location;
        string[] itself = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [assembly] : [];
        Process process = Process.Start(new ProcessStartInfo(program, [.. itself, Word, folder, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        string? line = await process.StandardOutput.ReadLineAsync();
        return FarmAddress.TryParse(line ?? "", FarmAddress.SchedulerPort, out FarmAddress? address)
            ? new FarmProcess(process, address)
            : throw new InvalidOperationException($"The farm's process did not start: it said '{line}'.");
    }

    /// <summary>The process itself: says the scheduler's address, and is a farm until its standard input ends.</summary>
    public static async Task ServeAsync(string folder, string[] arguments)
    {
        await using SleepingFarm farm = await SleepingFarm.StartAsync(SaturationOptions.Parse(arguments), new TcpTransport(), folder);
        Console.Out.WriteLine(farm.Address);
        await Console.In.ReadToEndAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
