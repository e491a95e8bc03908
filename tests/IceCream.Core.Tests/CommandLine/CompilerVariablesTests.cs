using System.Text;
using IceCream.CommandLine;
using IceCream.Jobs;
using Xunit;

namespace IceCream.Tests.CommandLine;

public sealed class CompilerVariablesTests
{
    [Theory]
    [InlineData("CC_PRINT_OPTIONS=")]
    [InlineData("CC_PRINT_OPTIONS_FILE=/tmp/x")]
    [InlineData("CC_LOG_DIAGNOSTICS=1")]
    [InlineData("CC_PRINT_HEADERS=1")]
    [InlineData("CC_PRINT_PROC_STAT=1")]
    [InlineData("CCC_OVERRIDE_OPTIONS=+-O3")]
    [InlineData("CCC_ANYTHING_NEW=1")]
    [InlineData("SUNPRO_DEPENDENCIES=x y")]
    [InlineData("LD_DEBUG=all")]
    [InlineData("LOCPATH=/l")]
    [InlineData("TZDIR=/z")]
    [InlineData("TZDIR=zoneinfo")]
    [InlineData("TZDIR=my/zoneinfo")]
    [InlineData("AS_SECURE_LOG_FILE=/l")]
    [InlineData("XTENSA_GNU_CONFIG=/l.so")]
    [InlineData("GCC_COMPARE_DEBUG=-gtoggle")]
    public void A_variable_that_does_more_than_flags_could_say_keeps_the_job_and_is_told_to_the_agent(string variable)
    {
        LocalOnlyReason? reason = CompilerVariables.ReasonToStay(["PATH=/bin", variable]);
        Assert.Equal(LocalOnlyKind.LocalFlag, reason?.Kind);
        Assert.StartsWith(variable + " ", reason!.Detail, StringComparison.Ordinal);
        Assert.True(CompilerVariables.Matters(Encoding.UTF8.GetBytes(variable.Split('=')[0])));
    }

    [Theory]
    [InlineData("LD_PRELOAD=libx.so", true)]
    [InlineData("CPATH=/i", true)]
    [InlineData("LC_ALL=de_DE.UTF-8", true)]
    [InlineData("GCC_COLORS=", true)]
    [InlineData("GCC_ANYTHING_NEW=1", true)]
    [InlineData("SOURCE_DATE_EPOCH=1", true)]
    [InlineData("TZDIR=", true)]
    [InlineData("TZDIR=/etc/zoneinfo", true)]
    [InlineData("LD_BIND_NOW=1", false)]
    [InlineData("MALLOC_ARENA_MAX=2", false)]
    [InlineData("GLIBC_TUNABLES=glibc.malloc.hugetlb=1", false)]
    [InlineData("CC_x86_64_linux=gcc", false)]
    [InlineData("CC=gcc", false)]
    [InlineData("EDITOR=vi", false)]
    public void Others_travel_or_are_nothing_to_the_agent(string variable, bool matters)
    {
        Assert.Null(CompilerVariables.ReasonToStay([variable]));
        Assert.Equal(matters, CompilerVariables.Matters(Encoding.UTF8.GetBytes(variable.Split('=')[0])));
    }

    [Fact]
    public void Each_variable_has_one_row()
    {
        Assert.Equal(CompilerVariables.Table.Count, CompilerVariables.Table.DistinctBy(static row => row.Name).Count());
        Assert.All(CompilerVariables.Table, static row => Assert.Equal(row, CompilerVariables.Find(Encoding.UTF8.GetBytes(row.Name))));
    }
}
