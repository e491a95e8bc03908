using Xunit;

namespace IceCream.Integrations.Tests;

/// <summary>A test that runs programs; skipped, with the reason, where one of them is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsAttribute : FactAttribute
{
    public NeedsAttribute(params string[] programs) => Skip = Missing(programs);

    internal static string? Missing(string[] programs)
    {
        string[] missing = [.. programs.Where(program => Programs.Find(program) is null)];
        return missing.Length == 0 ? null : $"Not installed: {string.Join(", ", missing)}.";
    }
}

/// <summary>The same for a test with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(params string[] programs) => Skip = NeedsAttribute.Missing(programs);
}
