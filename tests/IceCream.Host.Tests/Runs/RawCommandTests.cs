using System.Text;
using IceCream.Host.Runs;
using IceCream.Host.Tests.Kit;
using Xunit;

namespace IceCream.Host.Tests.Runs;

/// <summary>A command of <c>icehost run</c> has the bytes that were typed, whether they are UTF-8 or not.</summary>
public sealed class RawCommandTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public RawCommandTests() => _folder.Write("bin/icelaunch", "#!/bin/sh\nexit 9\n", executable: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Words_come_byte_by_byte()
    {
        using HostProcess host = HostProcess.StartInShell(
            $"""run --quiet --state-dir '{_folder.Path}/state' -- sh -c 'printf %s "$1$2$3" | od -An -tx1; exit 3' sh "$(printf '\377')" "it's" "$(printf '\376')" """,
            ("PATH", $"{_folder.Path}/bin:/usr/bin:/bin"));
        host.Input.Close();
        Assert.Equal("ff 69 74 27 73 fe", (await host.Output.ReadToEndAsync().WaitAsync(HostProcess.Patience)).Trim());
        Assert.Equal(3, await host.ExitAsync());
    }

    [Fact]
    public void Text_needs_no_script() =>
        Assert.Null(Script("icehost\0run\0make\0\u00c3\u00bc\0", "A=1\0PATH=/bin\0", ["\u00fc", "b"], new() { ["PATH"] = "/links:/bin" }));

    /// <summary>In Latin-1, so that one letter is one byte.</summary>
    [Fact]
    public void Variables_and_folders_keep_their_bytes()
    {
        string? script = Script(
            "icehost\0run\0make\0a\u00fc\0a\u00fe\0a\u00fc\0",
            "Odd=\u00fc'\0bad.name=\u00fc\0PATH=/d\u00fc:/bin\0Plain=1\0",
            ["a\ufffd", "b", "a\ufffd", "a\ufffd"],
            new() { ["PATH"] = "/links:/d\ufffd:/bin", ["ICECREAM_SOCKET"] = "/s" });
        Assert.Equal(
            "export Odd='\u00fc'\\'''\nexport PATH='/links:/d\u00fc:/bin'\nexec '/bin/make' 'a\u00fc' 'b' 'a\u00fe' 'a\u00fc'\n", script);
    }

    private static string? Script(string typed, string variables, string[] arguments, Dictionary<string, string> changes) =>
        RawCommand.Script(Bytes(typed), Bytes(variables), "/bin/make", arguments, changes) is { } script ? Encoding.Latin1.GetString(script) : null;

    private static byte[] Bytes(string words) => Encoding.Latin1.GetBytes(words);
}
