using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

public sealed class CompilerNamesTests
{
    [Theory]
    [InlineData("gcc", CompilerFamily.Gcc, false)]
    [InlineData("/usr/bin/g++", CompilerFamily.Gcc, true)]
    [InlineData("g++-12", CompilerFamily.Gcc, true)]
    [InlineData("gcc-12.2.0", CompilerFamily.Gcc, false)]
    [InlineData("cc", null, false)]
    [InlineData("c++", null, true)]
    [InlineData("clang", CompilerFamily.Clang, false)]
    [InlineData("clang-14", CompilerFamily.Clang, false)]
    [InlineData("clang++-14", CompilerFamily.Clang, true)]
    [InlineData("aarch64-linux-gnu-gcc", CompilerFamily.Gcc, false)]
    [InlineData("x86_64-w64-mingw32-g++-12", CompilerFamily.Gcc, true)]
    [InlineData("x86_64-w64-mingw32-g++-posix", CompilerFamily.Gcc, true)]
    [InlineData("x86_64-w64-mingw32-gcc-12-win32", CompilerFamily.Gcc, false)]
    [InlineData("aarch64-linux-android21-clang++", CompilerFamily.Clang, true)]
    public void Compilers_are_known_by_name(string program, object? family, bool cxx)
    {
        Assert.True(CompilerNames.IsCompiler(program));
        Assert.False(CompilerNames.IsWrapper(program));
        Assert.Equal(family, CompilerNames.Family(program));
        Assert.Equal(cxx, CompilerNames.IsCxxDriver(program));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("-gcc")]
    [InlineData("gcc-ar")]
    [InlineData("clang-format")]
    [InlineData("clang-tidy-14")]
    [InlineData("clang-cl")]
    [InlineData("c99-gcc")]
    [InlineData("ld")]
    [InlineData("gcc/")]
    public void Other_programs_are_no_compilers(string program)
    {
        Assert.False(CompilerNames.IsCompiler(program));
        Assert.Null(CompilerNames.Family(program));
    }

    [Theory]
    [InlineData("/usr/bin/ccache")]
    [InlineData("icelaunch")]
    [InlineData("icecc")]
    [InlineData("distcc")]
    [InlineData("sccache")]
    [InlineData("ccache-gcc")]
    public void Wrappers_are_never_compilers(string program)
    {
        Assert.True(CompilerNames.IsWrapper(program));
        Assert.False(CompilerNames.IsCompiler(program));
    }
}
