namespace IceCream.Benchmarks.Farm.Systems;

/// <summary>The client alone.</summary>
internal sealed class LocalSystem : FarmSystem
{
    public override string Name => "local";

    public override IReadOnlyList<string> Needs => [];

    public override IReadOnlyList<string> Launcher => [];

    public override Task<IReadOnlyDictionary<string, string>> StartAsync(FarmNetwork farm, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, string>>(new Dictionary<string, string>());

    public override Task<long> CountRemoteAsync(FarmNetwork farm, CancellationToken cancellationToken) => Task.FromResult(0L);
}
