using Xunit;

namespace IceCream.Tests;

/// <summary>Tests that look at what this whole process holds: no other runs at the same time.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
