using System.Diagnostics;
using IceCream.Identity;
using Xunit;

namespace IceCream.Tests.Identity;

public sealed class PrivateFileTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("icecream-private-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void What_was_kept_is_read_and_what_is_not_there_is_nothing()
    {
        string file = Path.Combine(_root, "secret");
        Assert.Null(PrivateFile.Read(file));
        PrivateFile.Replace(file, "größe");
        Assert.Equal("größe", PrivateFile.Read(file));
    }

    /// <summary>The framework reads a way through a folder that is not there, and the kernel does not find it.</summary>
    [Fact]
    public void However_a_file_is_spelled_it_is_not_read_when_others_could_have_written_it()
    {
        File.WriteAllText(Path.Combine(_root, "secret"), "open to all");
        File.SetUnixFileMode(Path.Combine(_root, "secret"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite);
        foreach (string file in (string[])["secret", "absent/../secret"])
        {
            Assert.Contains("chmod 600", Assert.Throws<IOException>(() => PrivateFile.Read(Path.Combine(_root, file))).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>There not even root may make files.</summary>
    [Fact]
    public void A_place_that_takes_nothing_is_an_error_that_callers_know()
    {
        Assert.Contains("/sys/icecream-none", Assert.ThrowsAny<IOException>(static () => PrivateFile.Replace("/sys/icecream-none", "secret")).Message, StringComparison.Ordinal);
        Assert.ThrowsAny<IOException>(static () => PrivateFile.MakeFolder("/sys/icecream-none"));
    }

    [NeedsStrace]
    public async Task A_file_that_is_kept_is_on_the_disk_with_its_name_and_those_of_its_new_folders()
    {
        string folder = Path.Combine(_root, "state", "authority"), file = Path.Combine(folder, "secret"), log = Path.Combine(_root, "log");
        using Process strace = Process.Start(new ProcessStartInfo(
            "strace",
            [
                "-f", "-qq", "-y", "-e", "trace=rename,renameat,renameat2,fsync", "-e", "signal=none", "-o", log, "--",
                Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", Path.Combine(AppContext.BaseDirectory, "IceCream.StoreProcess.dll"), "keep", file,
            ]))!;
        await strace.WaitForExitAsync();
        Assert.Equal(0, strace.ExitCode);

        string[] calls = File.ReadAllLines(log);
        int renamed = Array.FindIndex(calls, call => call.Contains("rename", StringComparison.Ordinal) && call.Contains($"\"{file}\"", StringComparison.Ordinal));
        int flushed = Array.FindLastIndex(calls, call => IsFlush(call, folder));
        Assert.True(renamed >= 0 && flushed > renamed, string.Join('\n', calls));
        Assert.Contains(calls, call => IsFlush(call, _root));
        Assert.Contains(calls, call => IsFlush(call, Path.GetDirectoryName(folder)!));
    }

    private static bool IsFlush(string call, string folder) => call.Contains("fsync(", StringComparison.Ordinal) && call.Contains($"<{folder}>", StringComparison.Ordinal);
}
