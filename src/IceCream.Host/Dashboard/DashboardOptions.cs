using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Dashboard;

/// <summary>The data source of the dashboard.</summary>
/// <param name="Describe">Returns the current status of the farm.</param>
/// <param name="Jobs">The farm's jobs.</param>
internal sealed record DashboardSource(Func<FarmStatus> Describe, FarmJobs Jobs);

internal sealed record DashboardOptions
{
    public const int DefaultPort = 8766;

    /// <summary>The address to listen on; requests may use its host name in their Host header.</summary>
    public required FarmAddress Listen { get; init; }

    /// <summary>Access control and TLS; null to serve every client over plain HTTP.</summary>
    /// <value>Default: null.</value>
    public DashboardAccess? Access { get; init; }

    /// <summary>The most pages that may be open at a time.</summary>
    /// <value>Default: 128.</value>
    public int MostPages { get; init; } = 128;

    /// <summary>The most ended jobs that a page gets when it opens.</summary>
    /// <value>Default: 1,000.</value>
    public int MostPast { get; init; } = 1000;
}
