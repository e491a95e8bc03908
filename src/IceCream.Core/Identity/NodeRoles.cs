namespace IceCream.Identity;

/// <summary>What a node may do in its farm, according to its certificate.</summary>
[Flags]
public enum NodeRoles
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Submits the jobs of a user to the farm.</summary>
    Agent = 1,

    /// <summary>Runs the jobs of others.</summary>
    Worker = 2,

    /// <summary>Views the farm, and changes nothing.</summary>
    Monitor = 4,

    /// <summary>Hands out slots.</summary>
    Scheduler = 8,
}

/// <summary>The words for the roles that one certificate or token can allow.</summary>
internal static class NodeRoleWords
{
    private static readonly (string Word, NodeRoles Roles)[] Words =
    [
        ("agent", NodeRoles.Agent), ("worker", NodeRoles.Worker), ("both", NodeRoles.Agent | NodeRoles.Worker), ("monitor", NodeRoles.Monitor), ("scheduler", NodeRoles.Scheduler),
    ];

    public static IReadOnlyList<string> All { get; } = [.. Words.Select(static known => known.Word)];

    /// <summary>The word for roles that one certificate can have.</summary>
    public static string Of(NodeRoles roles) => Array.Find(Words, known => known.Roles == roles).Word ?? roles.ToString();

    /// <summary>The roles that a word stands for.</summary>
    /// <returns>Null for an unknown word.</returns>
    public static NodeRoles? Parse(string word) => Array.Find(Words, known => known.Word == word) is { Word: not null } found ? found.Roles : null;
}
