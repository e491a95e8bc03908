using IceCream.CommandLine;
using Xunit;

namespace IceCream.Tests.CommandLine;

/// <summary>What the table says of flags as they stand in commands.</summary>
public sealed class CompilerFlagsTests
{
    [Fact]
    public void Flags_come_with_their_values_and_the_words_that_they_are_made_of()
    {
        FlagUse[] uses = [.. CompilerFlags.In("-c a.c -I inc -DX=1 -o a.o -isystem".Split(' '))];
        Assert.Equal(["-c", "-I inc", "-DX=1", "-o a.o", "-isystem"], uses.Select(static use => string.Join(' ', use.Words)));
        Assert.Equal(["", "inc", "X=1", "a.o", ""], uses.Select(static use => use.Value));
    }

    [Theory]
    [InlineData("-Bbin")]
    [InlineData("-B bin")]
    [InlineData("--sysroot=/root")]
    [InlineData("--sysroot /root")]
    [InlineData("-isysroot /root")]
    [InlineData("-specs=file")]
    [InlineData("--specs file")]
    [InlineData("-m32")]
    [InlineData("-mx32")]
    [InlineData("--gcc-toolchain=/usr")]
    [InlineData("--gcc-install-dir=/usr/lib/gcc/x/12")]
    [InlineData("--target=aarch64-linux-gnu")]
    [InlineData("-target aarch64-linux-gnu")]
    [InlineData("-stdlib=libc++")]
    [InlineData("--stdlib=libc++")]
    [InlineData("-EL")]
    [InlineData("-resource-dir=/r")]
    [InlineData("-resource-dir /r")]
    [InlineData("-nostdinc")]
    [InlineData("-nostdinc++")]
    [InlineData("-fno-integrated-as")]
    [InlineData("-no-integrated-as")]
    [InlineData("-finput-charset=latin1")]
    [InlineData("-fexec-charset=latin1")]
    [InlineData("-fwide-exec-charset=UTF-16")]
    public void Another_value_makes_another_toolchain(string flag) => Assert.True(Has(flag, FlagTraits.MovesToolchain));

    [Theory]
    [InlineData("-O2")]
    [InlineData("-Iinc")]
    [InlineData("-DX")]
    [InlineData("-march=native")]
    [InlineData("-std=c++20")]
    [InlineData("-fPIC")]
    public void One_toolchain_serves_whatever_the_value(string flag) => Assert.False(Has(flag, FlagTraits.MovesToolchain));

    [Theory]
    [InlineData("-g", true)]
    [InlineData("-g3", true)]
    [InlineData("-ggdb", true)]
    [InlineData("-gsplit-dwarf", true)]
    [InlineData("-flto=auto", true)]
    [InlineData("-g0", false)]
    [InlineData("-O2", false)]
    public void Only_GCC_writes_the_flags_into_debug_information_and_link_time_code(string flag, bool writes)
    {
        Assert.Equal(writes, Has(flag, FlagTraits.RecordsFlagsInGcc));
        Assert.False(Has(flag, FlagTraits.RecordsFlags | FlagTraits.RecordsCommand));
    }

    [Theory]
    [InlineData("-fverbose-asm")]
    [InlineData("-fembed-bitcode")]
    [InlineData("-fembed-bitcode=all")]
    [InlineData("-frecord-gcc-switches")]
    [InlineData("-grecord-command-line")]
    public void Whatever_the_compiler_these_write_flags_into_the_output(string flag) => Assert.True(Has(flag, FlagTraits.RecordsFlags | FlagTraits.RecordsCommand));

    [Theory]
    [InlineData("-fprofile-use")]
    [InlineData("-fprofile-use=dir")]
    [InlineData("-fauto-profile")]
    [InlineData("-fbranch-probabilities")]
    public void Profiles_are_read(string flag) => Assert.True(Has(flag, FlagTraits.ReadsProfile));

    [Theory]
    [InlineData("-fdiagnostics-color=always")]
    [InlineData("-fno-color-diagnostics")]
    [InlineData("-fdiagnostics-format=json")]
    [InlineData("-fdiagnostics-plain-output")]
    public void How_diagnostics_look_has_been_said(string flag) => Assert.True(Has(flag, FlagTraits.StylesDiagnostics));

    [Theory]
    [InlineData("PATH=/bin", VariableTraits.MovesToolchain | VariableTraits.FolderList)]
    [InlineData("GCC_EXEC_PREFIX=/x/", VariableTraits.MovesToolchain | VariableTraits.FolderList | VariableTraits.MovesPrograms)]
    [InlineData("LC_MESSAGES=C", VariableTraits.MovesToolchain)]
    [InlineData("TERM=xterm", VariableTraits.OfTerminal)]
    [InlineData("TMPDIR=/tmp", VariableTraits.OfCommand)]
    [InlineData("SOURCE_DATE_EPOCH=1", VariableTraits.None)]
    public void Variables_have_their_traits(string entry, object traits) => Assert.Equal((VariableTraits)traits, CompilerVariables.FindEntry(entry)?.Traits);

    private static bool Has(string flag, FlagTraits anyOf) => CompilerFlags.FirstWith(anyOf, flag.Split(' ')) is not null;
}
