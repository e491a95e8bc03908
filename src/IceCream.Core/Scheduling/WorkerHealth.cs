namespace IceCream.Scheduling;

/// <summary>How many jobs a worker is given, by the outcome of its latest ones.</summary>
internal enum WorkerStanding
{
    /// <summary>It gets jobs for all its slots.</summary>
    Trusted,

    /// <summary>It gets no jobs for a time.</summary>
    Quarantined,

    /// <summary>It gets one job at a time, to show whether it works again.</summary>
    OnProbation,
}

/// <summary>
/// The failures of a worker and their consequences. Failures by its own fault add up, and successful jobs offset them. At a limit the worker is
/// quarantined for a time, then on probation with one job. Each relapse doubles the time, and good work halves it again. One user's word does not
/// quarantine a worker that others use too: whoever is dissatisfied with it alone avoids it alone.
/// </summary>
internal sealed class WorkerHealth
{
    /// <summary>The number of failures, with few successful jobs between them, that quarantines a worker.</summary>
    public const int Limit = 3;

    /// <summary>The number of successful jobs that offset one failure and one doubling of the time.</summary>
    public const int GoodJobs = 20;

    private const int MostDoublings = 7;

    /// <summary>The first quarantine time; the longest is 128 times that, about an hour.</summary>
    public static readonly TimeSpan FirstTime = TimeSpan.FromSeconds(30);

    private DateTimeOffset until;
    private int failures, good;

    /// <summary>Who reported the first of the failures, and whether somebody else has reported one.</summary>
    private string? accuser;
    private bool agreed;

    /// <summary>Until when it is known that the only accuser is not alone: he may repeat himself, and the answer costs a look at all agents.</summary>
    private DateTimeOffset deafUntil;

    public WorkerStanding Standing { get; private set; }

    /// <summary>How often its time has been doubled, 0 to 7.</summary>
    public int Doublings { get; private set; }

    private TimeSpan Time => FirstTime * (1 << Doublings);

    /// <summary>Counts a failure by the worker's own fault.</summary>
    /// <param name="now">The time.</param>
    /// <param name="user">The user who reports it.</param>
    /// <param name="isAlone">Whether nobody else could report one; null: that is so.</param>
    /// <returns>Whether its standing has changed.</returns>
    public bool Fail(DateTimeOffset now, string user = "", Func<bool>? isAlone = null)
    {
        accuser ??= user;
        agreed |= accuser != user;
        bool relapse = Standing == WorkerStanding.OnProbation, isEnough = relapse || failures + 1 >= Limit;
        if (isEnough && !agreed && isAlone is not null)
        {
            bool isDeaf = now < deafUntil && deafUntil - now <= FirstTime;
            if (isDeaf || !isAlone())
            {
                deafUntil = isDeaf ? deafUntil : now + FirstTime;
                return false;
            }
        }

        good = 0;
        failures = Math.Min(failures + 1, Limit);
        if (Standing == WorkerStanding.Quarantined || !isEnough)
        {
            return false;
        }

        Doublings = relapse ? Math.Min(Doublings + 1, MostDoublings) : Doublings;
        Acquit();
        until = now + Time;
        Standing = WorkerStanding.Quarantined;
        return true;
    }

    /// <summary>Counts a job that has ended well.</summary>
    /// <returns>Whether its standing has changed.</returns>
    public bool Succeed()
    {
        if (++good >= GoodJobs)
        {
            good = 0;
            failures = Math.Max(0, failures - 1);
            Doublings = Math.Max(0, Doublings - 1);
            if (failures == 0)
            {
                Acquit();
            }
        }

        if (Standing != WorkerStanding.OnProbation)
        {
            return false;
        }

        Standing = WorkerStanding.Trusted;
        return true;
    }

    /// <summary>Ends the quarantine if its time is over.</summary>
    /// <returns>Whether its standing has changed.</returns>
    public bool Pass(DateTimeOffset now)
    {
        // An end that is further ahead than the whole time was set by a different clock.
        if (Standing != WorkerStanding.Quarantined || (now < until && until - now <= Time))
        {
            return false;
        }

        Standing = WorkerStanding.OnProbation;
        return true;
    }

    private void Acquit() => (failures, accuser, agreed, deafUntil) = (0, null, false, default);

    /// <summary>For people: the standing, its end and its cause; empty while the worker is trusted.</summary>
    public string Describe() => Standing switch
    {
        WorkerStanding.Quarantined => $"failed at jobs of its own fault: gets none until {until:u}, then one to show itself",
        WorkerStanding.OnProbation => "failed at jobs of its own fault: gets one at a time until one ends well",
        _ => "",
    };

    public void Save(BinaryWriter writer)
    {
        writer.Write((byte)Standing);
        writer.Write((byte)Doublings);
        writer.Write((byte)Math.Min(failures, Limit));
        writer.Write(until.UtcTicks);
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The data is damaged.</exception>
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
