namespace IceCream.FileSystem;

/// <summary>What a folder has under a name.</summary>
internal enum NameState
{
    /// <summary>Neither an entry nor a precompiled form of it.</summary>
    Absent,

    /// <summary>An entry, not necessarily a file.</summary>
    Present,

    /// <summary>An entry, with a precompiled form beside it.</summary>
    Precompiled,

    /// <summary>The kernel does not say.</summary>
    Unknown,

    /// <summary>No entry, but a precompiled form of it.</summary>
    PrecompiledAlone,
}
