using IceCream.Execution.Worker;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace IceCream.Tests.Execution;

/// <summary>A node that starts while its machine is in trouble works when the trouble is over.</summary>
public sealed class SandboxedCompilerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-prepared-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task What_could_not_be_prepared_is_prepared_later()
    {
        var time = new SetClock();
        await using var compiler = new SandboxedCompiler(_folder, 1 << 30, slots: 1, niceness: 0, hugePages: false, aroundStore: null, time, NullLoggerFactory.Instance);

        // A folder lies where the preload object is to be written.
        string inTheWay = Path.Combine(Directory.GetDirectories(Path.Combine(_folder, "roots"))[0], "preload.so");
        Directory.CreateDirectory(inTheWay);
        await Assert.ThrowsAnyAsync<SystemException>(compiler.PreparedAsync);
        time.Advance(SandboxedCompiler.Pause);
        await Assert.ThrowsAnyAsync<SystemException>(compiler.PreparedAsync);

        // The second pause is twice as long.
        Directory.Delete(inTheWay);
        time.Advance(SandboxedCompiler.Pause);
        await Assert.ThrowsAnyAsync<SystemException>(compiler.PreparedAsync);
        time.Advance(SandboxedCompiler.Pause);
        Assert.Null((await compiler.PreparedAsync()).Obstacle);
        Assert.True(compiler.IsObserved);
    }

    /// <summary>Such a compiler works, so nobody would restart it.</summary>
    [Fact]
    public async Task What_could_not_be_observed_is_observed_later_and_goes_on_unobserved_meanwhile()
    {
        var time = new SetClock();
        await using var compiler = new SandboxedCompiler(_folder, 1 << 30, slots: 1, niceness: 0, hugePages: false, aroundStore: null, time, NullLoggerFactory.Instance);

        // A file lies where the folder of the first record is to be made.
        string inTheWay = Path.Combine(compiler.Records, "record1");
        await File.WriteAllTextAsync(inTheWay, "");
        await TryAsync(isObserved: false);
        time.Advance(SandboxedCompiler.Pause);
        await TryAsync(isObserved: false);

        // The second pause is twice as long.
        File.Delete(inTheWay);
        time.Advance(SandboxedCompiler.Pause);
        await TryAsync(isObserved: false);
        time.Advance(SandboxedCompiler.Pause);
        await TryAsync(isObserved: true);

        async Task TryAsync(bool isObserved)
        {
            Assert.Null((await compiler.PreparedAsync()).Obstacle);
            await compiler.Observing;
            Assert.Equal(isObserved, compiler.IsObserved);
        }
    }
}
