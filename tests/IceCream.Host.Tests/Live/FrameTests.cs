using System.Text.RegularExpressions;
using FsCheck.Xunit;
using IceCream.Host.Live;
using Spectre.Console;
using Xunit;

namespace IceCream.Host.Tests.Live;

public sealed partial class FrameTests
{
    [Fact]
    public void Only_lines_that_changed_are_written_in_one_piece_that_is_drawn_at_once()
    {
        Frame first = Of("one", "two", "three"), second = Of("one", "2", "three");
        Assert.Equal("", first.ChangesFrom(first));
        Assert.Equal("\u001b[?2026h\u001b[2;1H2\u001b[0m\u001b[K\u001b[?2026l", second.ChangesFrom(first));
        Assert.Equal(5, Position().Count(first.ChangesFrom(null)));
    }

    [Fact]
    public void A_terminal_of_another_size_is_drawn_anew()
    {
        Frame narrow = Of("one"), wide = Frame.Of(new Text("one"), new Text("end"), 40, 5, ColorSystemSupport.NoColors);
        Assert.Equal(5, Position().Count(wide.ChangesFrom(narrow)));
    }

    [Property]
    public void A_frame_has_the_size_of_the_terminal_and_ends_with_its_footer(byte lines, byte width, byte height)
    {
        int columns = 20 + width, rows = 4 + (height % 100);
        var content = new Rows(Enumerable.Range(0, lines).Select(static line => new Text(new string('x', line))));
        Frame frame = Frame.Of(content, new Text("end"), columns, rows, ColorSystemSupport.NoColors);
        Assert.Equal(rows, frame.Lines.Length);
        Assert.Equal("end", frame.Lines[^1]);
        Assert.All(frame.Lines, line => Assert.True(line.Length < columns));
    }

    [Theory]
    [InlineData(120, 40, 120, 40)]
    [InlineData(1, 1, 20, 4)]
    [InlineData(0, 0, 80, 24)]
    public void A_terminal_that_does_not_know_its_size_has_the_usual_one(int width, int height, int columns, int rows) =>
        Assert.Equal((columns, rows), LiveScreen.SizeOf(width, height));

    private static Frame Of(params string[] lines) => Frame.Of(new Rows(lines.Select(static line => new Text(line))), new Text("end"), 30, 5, ColorSystemSupport.NoColors);

    [GeneratedRegex(@"\e\[\d+;1H")]
    private static partial Regex Position();
}
