namespace IceCream.Preprocessing;

/// <summary>Which parts of a <c>#pragma GCC dependency</c> that macros assemble are in a source.</summary>
[Flags]
internal enum TimePragma
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A <c>_Pragma</c> whose text is not spelt out in place.</summary>
    Operator = 1 << 0,

    /// <summary>The word <c>dependency</c>, or a part of it that pasting may complete, followed by a name or by nothing.</summary>
    Word = 1 << 1,

    /// <summary>Both: a compile may compare the times of files.</summary>
    Whole = Operator | Word,
}
