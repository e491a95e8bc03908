namespace IceCream.Host.Runs;

/// <summary>A folder of this run alone, readable by its user alone, gone at the end.</summary>
internal sealed class PrivateFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("icehost-");

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
}
