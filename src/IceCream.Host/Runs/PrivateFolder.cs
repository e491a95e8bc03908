using IceCream.Host.Configuration;
using IceCream.Platform;

namespace IceCream.Host.Runs;

/// <summary>A folder of this run alone, readable by its user alone, gone at the end.</summary>
internal sealed class PrivateFolder : IDisposable
{
    // The run's socket lies here, and the kernel takes short paths only: a long TMPDIR is of no use.
    private readonly DirectoryInfo _folder = Make(TemporaryFolder.ForSockets("/icehost-xxxxxxxx/agent.socket".Length));

    public string Under(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose()
    {
        try
        {
            _folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // A process that the command left behind may still write there. It is a folder of links under /tmp: nothing is lost.
        }
    }

    private static DirectoryInfo Make(string above)
    {
        // Nobody can have guessed the name, and nothing lies in it before it is the user's alone.
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(above, "icehost-" + Path.GetRandomFileName()[..8]));
        Linux.SetPermissions(folder.FullName, 0b111_000_000);
        return folder;
    }
}
