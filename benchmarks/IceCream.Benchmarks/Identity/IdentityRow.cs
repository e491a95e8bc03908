namespace IceCream.Benchmarks.Identity;

/// <summary>What came of one corpus in one variant.</summary>
/// <param name="Corpus">Its name.</param>
/// <param name="Variant">The variant's, and which round of the farm when there are several.</param>
/// <param name="Files">How many compiles.</param>
/// <param name="Agent">What the agent says of them.</param>
/// <param name="Different">The outputs that differ, with the source.</param>
/// <param name="Fickle">The outputs that differ, but do so from one compile here to the next as well.</param>
/// <param name="Failures">The sources that do not compile here.</param>
/// <param name="MayFail">Whether that was to be expected.</param>
internal sealed record IdentityRow(
    string Corpus, string Variant, long Files, AgentReport Agent,
    IReadOnlyList<string> Different, IReadOnlyList<string> Fickle, IReadOnlyList<string> Failures, bool MayFail)
{
    public bool IsGood => Different.Count == 0 && (MayFail || Failures.Count == 0);
}
