using IceCream.Jobs;
using IceCream.Monitoring;

namespace IceCream.Host.Dashboard;

/// <summary>What the dashboard shows.</summary>
/// <param name="Describe">The farm as it is.</param>
/// <param name="Jobs">Its jobs.</param>
internal sealed record DashboardSource(Func<FarmStatus> Describe, FarmJobs Jobs);

/// <summary>How the dashboard is set up.</summary>
internal sealed record DashboardOptions
{
    /// <summary>Its port where nobody says otherwise.</summary>
    public const int DefaultPort = 8766;

    /// <summary>Where it answers; its host is a name that requests may be addressed to.</summary>
    public required FarmAddress Listen { get; init; }

    /// <summary>Who may look, and within TLS; null: whoever reaches it, in the clear.</summary>
    /// <value>Default: null.</value>
    public DashboardAccess? Access { get; init; }

    /// <summary>How many pages may be open at a time.</summary>
    /// <value>Default: 128.</value>
    public int MostPages { get; init; } = 128;

    /// <summary>How many jobs of the past a page is told when it opens.</summary>
    /// <value>Default: 1,000.</value>
    public int MostPast { get; init; } = 1000;
}
