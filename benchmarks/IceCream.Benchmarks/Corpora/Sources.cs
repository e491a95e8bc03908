namespace IceCream.Benchmarks.Corpora;

/// <summary>Sources that are ready to be compiled.</summary>
/// <param name="Version">The packages and their versions.</param>
/// <param name="Commands">What is compiled.</param>
/// <param name="Headers">The widely included headers: between them, most files include one.</param>
internal sealed record Sources(string Version, IReadOnlyList<CompileCommand> Commands, IReadOnlyList<string> Headers);
