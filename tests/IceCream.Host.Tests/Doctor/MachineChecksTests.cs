using IceCream.Host.Doctor;
using IceCream.Host.Tests.Kit;
using Xunit;

namespace IceCream.Host.Tests.Doctor;

public sealed class MachineChecksTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("state")]
    [InlineData("home/.cache/icecream/")]
    public void What_is_made_for_the_check_is_gone_after_it(string below)
    {
        Assert.Equal("state directory", MachineChecks.StateDirectory(Path.Combine(_folder.Path, below)).Check);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void What_was_there_stays()
    {
        string file = _folder.Write("state/blob", "text");
        MachineChecks.StateDirectory($"{_folder.Path}/state");
        Assert.Equal([file], Directory.GetFiles($"{_folder.Path}/state"));
    }
}
