using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;
using IceCream.Toolchains;
using Xunit;

namespace IceCream.Tests.Toolchains;

public sealed class LibraryClosureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("libraries").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_library_that_only_the_loaders_index_leads_to_is_found_and_the_index_comes_along()
    {
        string Path(string name) => System.IO.Path.Combine(_folder, name);
        Directory.CreateDirectory(Path("lib"));
        File.WriteAllText(Path("five.c"), "int five(void) { return 5; }\n");
        File.WriteAllText(Path("main.c"), "int five(void);\nint main(void) { return five(); }\n");
        Run("gcc", "-shared", "-fPIC", "five.c", "-Wl,-soname,libfive.so.1", "-o", "lib/libfive.so.1");
        Run("gcc", "main.c", "lib/libfive.so.1", "-o", "main");

        Directory.CreateDirectory(Path("lib/glibc-hwcaps/x86-64-v3"));
        File.Copy(Path("lib/libfive.so.1"), Path("lib/glibc-hwcaps/x86-64-v3/libfive.so.1"));
        string[] indexed = [Path("nowhere"), Path("lib/glibc-hwcaps/x86-64-v3/libfive.so.1"), Path("main.c"), Path("lib/libfive.so.1")];
        File.WriteAllBytes(Path("index"), Index(old: false, [.. indexed.Select(static path => ("libfive.so.1", path))]));
        var tree = new ToolchainTree();
        new LibraryClosure(tree, [], Path("index")).AddProgram(Path("main"));
        Assert.Contains(Path("lib/libfive.so.1"), tree.Files);
        Assert.Contains(indexed[1], tree.Files);
        Assert.Contains(Path("index"), tree.Files);

        // Without an entry there it is as missing as the loader would say.
        File.WriteAllBytes(Path("index"), Index(old: false, ("libsix.so.1", Path("lib/libfive.so.1"))));
        ToolchainException missing = Assert.Throws<ToolchainException>(() => new LibraryClosure(new ToolchainTree(), [], Path("index")).AddProgram(Path("main")));
        Assert.Contains("libfive.so.1", missing.Message, StringComparison.Ordinal);

        // One that is not there is noticed when it comes.
        tree = new ToolchainTree();
        new LibraryClosure(tree, [], Path("none")).AddProgram("/usr/bin/true");
        Assert.Contains(Path("none"), tree.Absent);
    }

    [Fact]
    public void The_index_of_this_machine_leads_where_ldconfig_says()
    {
        Dictionary<string, List<string>> paths = LoaderCache.Read(File.ReadAllBytes(LoaderCache.Usual));
        Assert.Contains(paths["libc.so.6"], static path => File.Exists(path) && path.EndsWith("/libc.so.6", StringComparison.Ordinal));
        Assert.All(paths.Values.SelectMany(static list => list), static path => Assert.StartsWith("/", path, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_entry_is_read_and_a_broken_index_without_a_fault(bool old)
    {
        byte[] index = Index(old, ("a.so", "/one/a.so"), ("b.so", "/b.so"), ("a.so", "/two/a.so"));
        Dictionary<string, List<string>> paths = LoaderCache.Read(index);
        Assert.Equal(["/one/a.so", "/two/a.so"], paths["a.so"]);
        Assert.Equal(["/b.so"], paths["b.so"]);
        for (int length = 0; length < index.Length; length++)
        {
            Assert.True(LoaderCache.Read(index.AsSpan(0, length)).Values.Sum(static list => list.Count) < 3);
            byte[] broken = [.. index];
            broken[length] ^= 0xFF;
            LoaderCache.Read(broken);
        }
    }

    /// <summary>An index as ldconfig writes it, or as it did behind one for still older loaders.</summary>
    private static byte[] Index(bool old, params (string Name, string Path)[] entries)
    {
        const int Header = 48, Entry = 24;
        var texts = new MemoryStream();
        byte[] index = new byte[Header + (entries.Length * Entry)];
        Encoding.ASCII.GetBytes("glibc-ld.so.cache1.1", index);
        Put(index, 20, entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            int at = Header + (i * Entry);
            Put(index, at, 0x0303);
            Put(index, at + 4, index.Length + (int)texts.Length);
            texts.Write(Encoding.UTF8.GetBytes(entries[i].Name + '\0'));
            Put(index, at + 8, index.Length + (int)texts.Length);
            texts.Write(Encoding.UTF8.GetBytes(entries[i].Path + '\0'));
        }

        Put(index, 24, (int)texts.Length);
        byte[] before = new byte[old ? 32 : 0];
        if (old)
        {
            Encoding.ASCII.GetBytes("ld.so-1.7.0", before);
            Put(before, 12, 1);
        }

        return [.. before, .. index, .. texts.ToArray()];
    }

    private static void Put(byte[] into, int at, int number)
    {
        if (BitConverter.IsLittleEndian)
        {
            BinaryPrimitives.WriteInt32LittleEndian(into.AsSpan(at), number);
        }
        else
        {
            BinaryPrimitives.WriteInt32BigEndian(into.AsSpan(at), number);
        }
    }

    private void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { WorkingDirectory = _folder })!;
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
