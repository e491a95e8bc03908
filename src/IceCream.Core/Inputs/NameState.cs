namespace IceCream.Inputs;

/// <summary>What a folder has under a name.</summary>
internal enum NameState
{
    /// <summary>Nothing, nor a precompiled form of it.</summary>
    Absent,

    /// <summary>Something, which need not be a file.</summary>
    Present,

    /// <summary>A precompiled header for it.</summary>
    Precompiled,

    /// <summary>The kernel does not say.</summary>
    Unknown,
}
