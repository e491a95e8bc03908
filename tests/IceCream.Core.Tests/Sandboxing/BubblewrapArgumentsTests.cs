using IceCream.Sandboxing;
using Xunit;

namespace IceCream.Tests.Sandboxing;

public sealed class BubblewrapArgumentsTests
{
    /// <summary>What a job that nobody observes has in its environment is among the arguments, which end with a zero each.</summary>
    [Fact]
    public void A_variable_does_not_mount_the_machines_root()
    {
        var command = new SandboxCommand { Root = "/root-of-the-job", CommandLine = ["/cc"], WorkingDirectory = "/src", Environment = ["CC=1\0--bind\0/\0/"] };
        Assert.Throws<SandboxException>(() => BubblewrapArguments.Of(command, null, Defences.All));
        Assert.Contains("--setenv", BubblewrapArguments.Of(command with { Environment = ["CC=1"] }, null, Defences.All));
    }
}
