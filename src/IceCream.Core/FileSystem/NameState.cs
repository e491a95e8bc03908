namespace IceCream.FileSystem;

/// <summary>What a folder has under a name.</summary>
internal enum NameState
{
    /// <summary>Nothing, nor a precompiled form of it.</summary>
    Absent,

    /// <summary>Something, which need not be a file.</summary>
    Present,

    /// <summary>Something, and a precompiled form of it beside it.</summary>
    Precompiled,

    /// <summary>The kernel does not say.</summary>
    Unknown,

    /// <summary>Nothing, but a precompiled form of it.</summary>
    PrecompiledAlone,
}
