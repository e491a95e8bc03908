using IceCream.Roots;
using Xunit;

namespace IceCream.Tests.Roots;

public sealed class OutputFolderTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("icecream-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_a_compile_made_is_listed_and_folders_are_not()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "one", "two"));
        File.WriteAllText(Path.Combine(_folder, "one", "a.o"), "");
        File.WriteAllText(Path.Combine(_folder, "b.o"), "");
        Assert.Equal(["/b.o", "/one/a.o"], new OutputFolder(_folder, "/out").Things().Select(static thing => thing.Way).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Folders_with_long_names_do_not_fill_the_memory()
    {
        const int Levels = 14, Folders = 4700;
        string name = new('a', 245), deep = Path.Combine([_folder, .. Enumerable.Repeat(name, Levels)]);
        Directory.CreateDirectory(deep);
        for (int i = 0; i < Folders; i++)
        {
            Directory.CreateDirectory(Path.Combine(deep, $"{name}{i:D4}"));
        }

        Assert.Contains("more folders", Assert.Throws<InvalidDataException>(() => new OutputFolder(_folder, "/out").Things().Count()).Message, StringComparison.Ordinal);
    }
}
