using IceCream.Jobs;

namespace IceCream.Wire;

/// <summary>The limits on what a peer may send. Every length is checked against them before memory is allocated for it.</summary>
internal static class WireLimits
{
    /// <summary>Bytes in one message.</summary>
    public const int Message = 64 << 20;

    /// <summary>Bytes of content in one frame of a blob.</summary>
    public const int BlobFrame = 1 << 20;

    /// <summary>Bytes in one blob.</summary>
    public const long Blob = 4L << 30;

    /// <summary>Bytes in all files of one result.</summary>
    public const long Outputs = 1L << 30;

    /// <summary>UTF-8 bytes in a path: the limit of Linux, and room for a prefix.</summary>
    public const int Path = 8192;

    /// <summary>UTF-8 bytes in one argument or variable: the limit of Linux (MAX_ARG_STRLEN).</summary>
    public const int Argument = 128 << 10;

    /// <summary>UTF-8 bytes in a name (node, user, network).</summary>
    public const int Name = 256;

    /// <summary>UTF-8 bytes in a text for people.</summary>
    public const int Text = 16 << 10;

    /// <summary>Bytes of memory, of a machine or a job.</summary>
    public const long Memory = 1L << 44;

    /// <summary>How long a job may have taken, in ticks: two days.</summary>
    public const long JobTicks = 2 * TimeSpan.TicksPerDay;

    /// <summary>Stretches of one job's timeline: each of its steps, in each of its attempts.</summary>
    public const int Stretches = 256;

    /// <summary>UTF-8 bytes in the reason why a node takes no jobs.</summary>
    public const int Reason = 800;

    /// <summary>Words of a command line, or variables of an environment.</summary>
    public const int Arguments = 64 << 10;

    /// <summary>Files, links or folders in one tree.</summary>
    public const int TreeEntries = 256 << 10;

    /// <summary>Bytes of the lookups of one compile.</summary>
    public const int Lookups = 16 << 20;

    /// <summary>Leases, nodes or other things of which a farm has a few thousand.</summary>
    public const int Items = 64 << 10;

    /// <summary>Slots of a worker, and leases that an agent wants.</summary>
    public const int Slots = SlotLease.MostPerNode;

    /// <summary>Held leases that an agent reports to a scheduler.</summary>
    public const int HeldLeases = 256;

    /// <summary>Bytes of the builds that a scheduler reports.</summary>
    public const int Builds = 16 << 20;

    /// <summary>Bytes in a message to the scheduler, which anybody may send. The longest is the greeting of an agent with leases.</summary>
    public const int ToScheduler = 64 << 10;

    /// <summary>UTF-8 bytes in the address of a node: a host name, or the path of a socket.</summary>
    public const int Address = 512;

    /// <summary>Bytes of a lease's capability.</summary>
    public const int Capability = 512;

    /// <summary>Bytes in the greeting of a worker.</summary>
    public const int PeerGreeting = 4 << 10;

    /// <summary>Bytes of a job in an offer: several times the Linux limit on a command and its environment, plus the numbers of its files.</summary>
    public const int Job = 16 << 20;

    /// <summary>Files, links, folders and words together in one generation of a connection's entries.</summary>
    public const int Entries = 512 << 10;

    /// <summary>UTF-8 bytes in the texts of one generation of entries.</summary>
    public const int EntryBytes = 32 << 20;
}
