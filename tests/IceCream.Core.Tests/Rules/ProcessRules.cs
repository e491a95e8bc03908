using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>Child processes are ended in one way.</summary>
public sealed class ProcessRules
{
    /// <summary>The framework's own call throws when a descendant belongs to another user, and would hide why the child was to end.</summary>
    [Fact]
    public void Only_one_class_kills_processes_with_their_children()
    {
        IEnumerable<string> killing = Directory.EnumerateFiles(Path.Combine(ImportRules.Root(), "src"), "*.cs", SearchOption.AllDirectories)
            .Select(static file => Path.GetRelativePath(ImportRules.Root(), file))
            .Where(static file => !file.Split('/').Any(static part => part is "bin" or "obj")
                && File.ReadAllText(Path.Combine(ImportRules.Root(), file)).Contains(".Kill(entireProcessTree", StringComparison.Ordinal));
        Assert.Equal(["src/IceCream.Core/Processes/ChildProcess.cs"], killing);
    }
}
