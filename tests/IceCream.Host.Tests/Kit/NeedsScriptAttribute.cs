using Xunit;

namespace IceCream.Host.Tests.Kit;

/// <summary>A test that needs script(1), which gives a program a terminal of its own.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsScriptAttribute : FactAttribute
{
    public NeedsScriptAttribute() => Skip = File.Exists("/usr/bin/script") ? null : "There is no script(1) here.";
}
