using IceCream.Host.Configuration;
using IceCream.Platform;

namespace IceCream.Host.Runs;

/// <summary>A temporary folder of this run with mode 0700; Dispose deletes it.</summary>
internal sealed class PrivateFolder : IDisposable
{
    // The run's socket is in this folder, and the kernel limits socket paths, so a long TMPDIR cannot be used.
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
            // A process that the command left behind may still write there. Only links under /tmp remain, so nothing is lost.
        }
    }

    private static DirectoryInfo Make(string above)
    {
        // The name is random and the folder stays empty until its mode is set, so nobody else can interfere.
        DirectoryInfo folder = Directory.CreateDirectory(Path.Combine(above, "icehost-" + Path.GetRandomFileName()[..8]));
        Linux.SetPermissions(folder.FullName, 0b111_000_000);
        return folder;
    }
}
