using System.Text;
using IceCream.Jobs;
using IceCream.Storage;

namespace IceCream.Tests.Storage;

/// <summary>A folder of one test, and what storage tests do with it.</summary>
public sealed class StorageFolder : IDisposable
{
    public StorageFolder() => Root = Directory.CreateTempSubdirectory("storage ü ").FullName;

    public string Root { get; }

    public string this[string name] => Path.Combine(Root, name);

    public string Write(string name, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(this[name])!);
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    internal static Digest Put(IBlobStore store, byte[] bytes)
    {
        Digest digest = Digest.Of(bytes);
        using IBlobWriter writer = store.Create(digest, bytes.Length);
        writer.Write(bytes.AsSpan(0, bytes.Length / 2));
        writer.Write(bytes.AsSpan(bytes.Length / 2));
        writer.Commit();
        return digest;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
