using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>A test that runs programs; skipped, with the reason, where one of them is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsAttribute : FactAttribute
{
    public NeedsAttribute(params string[] programs)
    {
        string[] missing = [.. programs.Where(program => Programs.Find(program) is null)];
        Skip = missing.Length == 0 ? null : $"Not installed: {string.Join(", ", missing)}.";
    }
}
