namespace IceCream.Scheduling;

/// <summary>Whether a worker is given jobs, by how it did with the latest.</summary>
internal enum WorkerStanding
{
    /// <summary>All of its slots.</summary>
    Trusted,

    /// <summary>None of them, for a time.</summary>
    Quarantined,

    /// <summary>One, to see whether it does better.</summary>
    OnProbation,
}

/// <summary>
/// A worker's failures and what follows. Failures of its own add up, jobs that end well take them back; beyond a limit it is set aside for a time, then
/// given one job to show itself. Each relapse doubles the time, and good work halves it again.
/// </summary>
internal sealed class WorkerHealth
{
    /// <summary>How many failures, with few good jobs between them, set a worker aside.</summary>
    public const int Limit = 3;

    /// <summary>How many jobs that end well take back one failure, and one doubling of the time.</summary>
    public const int GoodJobs = 20;

    private const int MostDoublings = 7;

    /// <summary>How long the first time is; the longest is 128 times that, about an hour.</summary>
    public static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(30);

    private DateTimeOffset until;
    private int failures, good;

    /// <summary>What follows now.</summary>
    public WorkerStanding Standing { get; private set; }

    /// <summary>How often its time has been doubled, 0 to 7.</summary>
    public int Doublings { get; private set; }

    private TimeSpan Time => FirstTime * (1 << Doublings);

    /// <summary>It failed at a job, by its own fault.</summary>
    /// <returns>Whether its standing has changed.</returns>
    public bool Fail(DateTimeOffset now)
    {
        good = 0;
        failures++;
        bool relapse = Standing == WorkerStanding.OnProbation;
        if (Standing == WorkerStanding.Quarantined || (failures < Limit && !relapse))
        {
            return false;
        }

        Doublings = relapse ? Math.Min(Doublings + 1, MostDoublings) : Doublings;
        failures = 0;
        until = now + Time;
        Standing = WorkerStanding.Quarantined;
        return true;
    }

    /// <summary>A job ended well.</summary>
    /// <returns>Whether its standing has changed.</returns>
    public bool Succeed()
    {
        if (++good >= GoodJobs)
        {
            good = 0;
            failures = Math.Max(0, failures - 1);
            Doublings = Math.Max(0, Doublings - 1);
        }

        if (Standing != WorkerStanding.OnProbation)
        {
            return false;
        }

        Standing = WorkerStanding.Trusted;
        return true;
    }

    /// <summary>Time has passed.</summary>
    /// <returns>Whether its standing has changed.</returns>
    public bool Pass(DateTimeOffset now)
    {
        // An end that lies further ahead than the whole time was set by another clock.
        if (Standing != WorkerStanding.Quarantined || (now < until && until - now <= Time))
        {
            return false;
        }

        Standing = WorkerStanding.OnProbation;
        return true;
    }

    /// <summary>For people: until when, and why; empty while it is trusted.</summary>
    public string Describe() => Standing switch
    {
        WorkerStanding.Quarantined => $"failed at jobs of its own fault: gets none until {until:u}, then one to show itself",
        WorkerStanding.OnProbation => "failed at jobs of its own fault: gets one at a time until one ends well",
        _ => "",
    };

    /// <summary>Writes it.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write((byte)Standing);
        writer.Write((byte)Doublings);
        writer.Write((byte)Math.Min(failures, Limit));
        writer.Write(until.UtcTicks);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is no such thing.</exception>
    public static WorkerHealth Load(BinaryReader reader)
    {
        var standing = (WorkerStanding)reader.ReadByte();
        int doublings = reader.ReadByte(), failures = reader.ReadByte();
        long until = reader.ReadInt64();
        return Enum.IsDefined(standing) && doublings <= MostDoublings && failures <= Limit && until >= 0 && until <= DateTimeOffset.MaxValue.UtcTicks
            ? new WorkerHealth { Standing = standing, Doublings = doublings, failures = failures, until = new DateTimeOffset(until, TimeSpan.Zero) }
            : throw new InvalidDataException("a worker's standing in it is none");
    }
}
