using IceCream.Inputs;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.Inputs;

public sealed class TimeMacrosTests : IDisposable
{
    private readonly ScannedFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("#define J(a, b) a ## b\nconst char *t = J(__TIME, STAMP__), *d = __DATE__;\n", "", true)]
    [InlineData("#define W(x) __##x##__\nconst char *t = W(TIMESTAMP), *d = __DATE__;\n", "", true)]
    [InlineData("%:define J(a, b) a %:%: b\nconst char *t = J(__TI, J2(MEST, AMP__)), *d = __DATE__;\n", "", true)]
    [InlineData("#define J(a, b) a##b\nconst char *t = J(__TI\\\nMES, TAMP__), *d = __DATE__;\n", "", true)]
    [InlineData("#define J(a, b) a??=??=b\nconst char *t = J(__TIME, STAMP__), *d = __DATE__;\n", "-std=c99", true)]
    [InlineData("const char *t = __TIME??/\nSTAMP__, *d = __DATE__;\n", "-ansi", true)]
    [InlineData("#define J(a, b) a##b\nconst char *t = J(__TIME, REST), *d = __DATE__;\n", "-DREST=STAMP__", true)]
    [InlineData("const char *t = J(__TIME, STAMP__), *d = __DATE__;\n", "-DJ(a,b)=a##b", true)]
    [InlineData("const char *t = __TIME/**/STAMP__, *d = __DATE__;\n", "-traditional-cpp", true)]
    [InlineData("const char *t = __DATE__; /* __TIME and STAMP__ */\n", "", false)]
    [InlineData("#define J(a, b) a##b\nconst char *t = J(__TIME, __), *d = __DATE__; enum { TIMESTAMP };\n", "", true)]
    [InlineData("#define J(a, b) a##b\nconst char *t = J(__TI, ME__), *d = __DATE__; enum { TIMESTAMP };\n", "", false)]
    [InlineData("#define J(a, b) a##b\nconst char *d = __DATE__; template <class T, class S> struct x;\n", "-DE=P", false)]
    public void A_files_own_time_is_seen_beside_a_macro_of_the_compiles_time(string source, string argument, bool stays)
    {
        _folder.Write("a.c", source);
        CompileJob job = _folder.Job("gcc", "-c", "a.c") with
        {
            CommandLine = ["gcc", .. argument.Length == 0 ? Array.Empty<string>() : [argument], "-c", "a.c"],
            Inputs = new FileTree { Files = [new TreeFile(Path.Combine(_folder.Root, "a.c"), Digest.Of("a"u8), 1, 1)] },
        };

        LocalOnlyReason? reason = InputDiscovery.ReasonToStayByTime(job);

        Assert.Equal(stays, reason is not null);
        Assert.Contains(stays ? "__TIMESTAMP__" : "", reason?.Detail ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_gone_may_have_held_anything() =>
        Assert.True(TimeMacros.MayPasteOwnTime([], [new TreeFile(Path.Combine(_folder.Root, "gone.h"), Digest.Of("a"u8), 1, 1)]));
}
