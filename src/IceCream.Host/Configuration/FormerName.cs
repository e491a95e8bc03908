namespace IceCream.Host.Configuration;

/// <summary>The place where a name of icecream is used.</summary>
internal enum FormerPlace
{
    /// <summary><c>/etc/icecc/icecc.conf</c>, <c>/etc/default/icecc</c>, <c>/etc/sysconfig/icecream</c>.</summary>
    File,

    /// <summary>The environment of icecc, icecream's client.</summary>
    Environment,

    /// <summary>The command line of iceccd, icecream's daemon.</summary>
    Daemon,

    /// <summary>The command line of icecc-scheduler.</summary>
    Scheduler,

    /// <summary>The command line of icecc, icerun and icecc-create-env.</summary>
    Client,
}

/// <summary>A name of icecream 1.4 and its equivalent here.</summary>
/// <param name="Place">Where icecream uses it.</param>
/// <param name="Name">The variable, or the option in all its spellings.</param>
/// <param name="Equal">The equivalent here; empty for none.</param>
/// <param name="Remark">How the meaning differs, or why there is no equivalent.</param>
internal sealed record FormerName(FormerPlace Place, string Name, string Equal, string Remark);
