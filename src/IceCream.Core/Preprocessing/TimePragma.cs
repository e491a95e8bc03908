namespace IceCream.Preprocessing;

/// <summary>What a source has of <c>#pragma GCC dependency</c> where that is put together by macros.</summary>
[Flags]
internal enum TimePragma
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A <c>_Pragma</c> whose words are not to be seen in its place.</summary>
    Operator = 1 << 0,

    /// <summary>The word, or an end of it that may be pasted to its beginning, where a name or nothing follows.</summary>
    Word = 1 << 1,

    /// <summary>Both: the times of files may be compared.</summary>
    Whole = Operator | Word,
}
