using FsCheck.Xunit;
using IceCream.Jobs;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class FileTreeCodecTests
{
    private static readonly FileTree Sample = new()
    {
        Files = [new TreeFile("/usr/include/größe.h", Digest.Of("x"u8), 1, 1_700_000_000), new TreeFile("/a b", Digest.Of("y"u8), 2, -1)],
        Links = [new TreeLink("/lib", "usr/lib")],
        Directories = ["/", "/src/empty"],
    };

    [Fact]
    public void A_tree_comes_back_as_it_went()
    {
        FileTree back = FileTreeCodec.Decode(FileTreeCodec.Encode(Sample));

        Assert.Equal(Sample.Files.ToArray(), back.Files.ToArray());
        Assert.Equal(Sample.Links.ToArray(), back.Links.ToArray());
        Assert.Equal(Sample.Directories.ToArray(), back.Directories.ToArray());
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = FileTreeCodec.Encode(Sample);
        for (int length = 0; length < whole.Length; length++)
        {
            Assert.Throws<WireFormatException>(() => FileTreeCodec.Decode(whole.AsMemory(0, length)));
        }
    }

    [Property]
    public void Random_bytes_are_a_tree_or_refused(byte[] bytes)
    {
        Exception? thrown = Record.Exception(() => FileTreeCodec.Decode(bytes));
        Assert.True(thrown is null or WireFormatException, thrown?.ToString());
    }

    [Theory]
    [InlineData("relative")]
    [InlineData("/a/../b")]
    [InlineData("/a/./b")]
    [InlineData("/a//b")]
    [InlineData("/a/")]
    [InlineData("/a\0b")]
    [InlineData("")]
    public void A_path_that_could_leave_its_root_is_refused(string path)
    {
        byte[] bytes = FileTreeCodec.Encode(new FileTree { Directories = [path] });
        Assert.Throws<WireFormatException>(() => FileTreeCodec.Decode(bytes));
    }

}
