using IceCream.Caching;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Caching;

public sealed class RecordFolderTests : IDisposable
{
    private const long Limit = 64 << 10;

    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Many_agents_that_add_little_keep_to_the_limit_together()
    {
        for (int agent = 0; agent < 100; agent++)
        {
            var records = new RecordFolder(_folder, Limit, TimeProvider.System);
            records.Put(Digest.Of(BitConverter.GetBytes(agent)), RecordOf(agent));
        }

        var left = new RecordFolder(_folder, Limit, TimeProvider.System);
        Assert.InRange(left.Enumerate().Sum(static record => record.File.Length), 1, Limit);
        Assert.NotNull(left.Find(Digest.Of(BitConverter.GetBytes(99))));
    }

    /// <summary>A record of more than 2 KiB, as that of a command with many words.</summary>
    private static CommandRecord RecordOf(int number) => new()
    {
        Command = new KnownCommand("/src/a.c", "/usr/bin/gcc", "/src", [new string('x', 2 << 10), $"{number}"], [], 0x12, IsTerminal: false),
    };
}
