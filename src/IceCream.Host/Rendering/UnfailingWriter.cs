using System.Text;

namespace IceCream.Host.Rendering;

/// <summary>
/// Standard error, on which nothing can fail: words that find no room (a full disk, a terminal that is gone) are lost, but not the build beside them, nor its exit code.
/// </summary>
/// <param name="inner">Where the words go.</param>
internal sealed class UnfailingWriter(TextWriter inner) : TextWriter(inner.FormatProvider)
{
    public override Encoding Encoding => inner.Encoding;

    public override void Write(char value) => Try(() => inner.Write(value));

    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    public override void Write(string? value) => Try(() => inner.Write(value));

    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    public override void Flush() => Try(inner.Flush);

    private static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // There is no other place to say so.
        }
    }
}
