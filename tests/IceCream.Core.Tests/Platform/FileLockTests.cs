using IceCream.Platform;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace IceCream.Tests.Platform;

public sealed class FileLockTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-lock-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void One_holds_it_at_a_time()
    {
        string path = Path.Combine(_folder, "lock");
        using (FileStream? first = FileLock.TryTake(path))
        {
            Assert.NotNull(first);
            Assert.Null(FileLock.TryTake(path));
        }

        using FileStream? next = FileLock.TryTake(path);
        Assert.NotNull(next);
    }

    /// <summary>Whoever took it for a held one would try for ever: a blob store makes a folder at each attempt. An invalid descriptor stands for a file system without locks.</summary>
    [Fact]
    public void What_cannot_be_locked_is_not_said_to_be_held()
    {
        using var none = new SafeFileHandle(-1, ownsHandle: false);
        Assert.Contains("error 9", Assert.Throws<IOException>(() => Linux.TryLock(none)).Message, StringComparison.Ordinal);
    }
}
