using System.Diagnostics;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>A worker whose owner lets it write small files only: it does without what does not fit, and says so.</summary>
public sealed class SmallFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(2)]
    [InlineData(400)]
    public async Task Nothing_is_observed_where_its_means_do_not_fit(int blocks)
    {
        // The runtime maps its code from a file that would be too large; without a host that minds signals, the kernel's signal would end it.
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", program = Path.Combine(AppContext.BaseDirectory, "IceCream.StoreProcess.dll");
        using Process process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"trap '' XFSZ; ulimit -f {blocks}; DOTNET_EnableWriteXorExecute=0 exec \"$0\" \"$1\" observe \"$2\"", dotnet, program, _folder])
        {
            RedirectStandardOutput = true,
        })!;
        string said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(0, process.ExitCode);
        Assert.StartsWith("What compiles look for is not observed here: ", said, StringComparison.Ordinal);
    }
}
