namespace IceCream.Host.Configuration;

/// <summary>Where a name of icecream's is written.</summary>
internal enum FormerPlace
{
    /// <summary><c>/etc/icecc/icecc.conf</c>, <c>/etc/default/icecc</c>, <c>/etc/sysconfig/icecream</c>.</summary>
    File,

    /// <summary>The environment of icecc, its client.</summary>
    Environment,

    /// <summary>The command line of iceccd, its daemon.</summary>
    Daemon,

    /// <summary>The command line of icecc-scheduler.</summary>
    Scheduler,

    /// <summary>The command line of icecc, icerun and icecc-create-env.</summary>
    Client,
}

/// <summary>What became of a name of icecream 1.4's.</summary>
/// <param name="Place">Where it is written there.</param>
/// <param name="Name">The variable, or the option in all its spellings.</param>
/// <param name="Equal">What is written here instead; empty when nothing is.</param>
/// <param name="Remark">How its meaning differs, or why it has no equal.</param>
internal sealed record FormerName(FormerPlace Place, string Name, string Equal, string Remark);
