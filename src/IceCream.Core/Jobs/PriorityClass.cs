namespace IceCream.Jobs;

/// <summary>How soon somebody wants the jobs of an agent to be done.</summary>
/// <remarks>Numbers are on the wire: append only, never reuse.</remarks>
public enum PriorityClass
{
    /// <summary>Somebody sits and waits.</summary>
    Interactive = 0,

    /// <summary>A machine waits: a quarter of what somebody gets who sits and waits.</summary>
    Ci = 1,

    /// <summary>Nobody waits yet: what the others leave.</summary>
    Ahead = 2,
}
