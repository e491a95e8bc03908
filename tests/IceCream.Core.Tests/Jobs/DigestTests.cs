using FsCheck.Xunit;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Jobs;

public sealed class DigestTests
{
    [Fact]
    public void Is_the_sha256_of_the_bytes() =>
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", Digest.Of("abc"u8).ToString());

    [Property]
    public void Its_text_and_its_bytes_name_it_again(byte[] content)
    {
        Digest digest = Digest.Of(content);
        Span<byte> bytes = stackalloc byte[Digest.Size];
        digest.CopyTo(bytes);

        Assert.True(Digest.TryParse(digest.ToString(), out Digest parsed));
        Assert.Equal(digest, parsed);
        Assert.Equal(digest, new Digest(bytes));
    }

    [Property]
    public void Orders_as_its_text_does(byte[] a, byte[] b)
    {
        Digest x = Digest.Of(a), y = Digest.Of(b);
        Assert.Equal(Math.Sign(string.CompareOrdinal(x.ToString(), y.ToString())), Math.Sign(x.CompareTo(y)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData("zz7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    public void Refuses_what_is_no_digest(string text) => Assert.False(Digest.TryParse(text, out _));
}
