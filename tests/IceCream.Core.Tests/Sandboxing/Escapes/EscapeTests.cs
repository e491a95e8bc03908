using IceCream.Sandboxing;
using Xunit;

namespace IceCream.Tests.Sandboxing.Escapes;

/// <summary>
/// A malicious compiler gets nowhere, whoever the daemon's user is; and what it tries is worth trying, for with the one defence that stops it taken away
/// it succeeds.
/// </summary>
public sealed class EscapeTests(EscapeRuns runs) : IClassFixture<EscapeRuns>
{
    public static TheoryData<string, string> Attempts() => Rows(EscapeAttempt.All);

    public static TheoryData<string, string> ObservedAttempts() => Rows([.. EscapeAttempt.All, .. EscapeAttempt.OfObserved]);

    public static TheoryData<string, string> Shown() => Rows(
        [.. EscapeAttempt.All.Concat(EscapeAttempt.OfObserved).Where(static attempt => attempt.Shown != Escapes.Shown.Never)],
        static (attempt, user) => attempt.Shown == Escapes.Shown.Both || user == "root");

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task It_does_not_get_out(string user, string attempt) => Assert.StartsWith("held", (await runs.HeldAsync(user, observed: false))[attempt], StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(ObservedAttempts))]
    public async Task It_does_not_get_out_while_it_is_observed(string user, string attempt) => Assert.StartsWith("held", (await runs.HeldAsync(user, observed: true))[attempt], StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Shown))]
    public async Task Without_the_one_defence_it_does(string user, string name)
    {
        EscapeAttempt attempt = EscapeAttempt.All.Concat(EscapeAttempt.OfObserved).Single(attempt => attempt.Name == name);
        EscapeFolder folder = await runs.FolderAsync(user);
        Dictionary<string, string> went = await folder.TryAsync(
            [name], Defences.All & ~attempt.Without, EscapeAttempt.OfObserved.Contains(attempt), wholeMachine: attempt.Without == EscapeAttempt.OwnFiles);
        Assert.StartsWith("out", went[name], StringComparison.Ordinal);
    }

    [Fact]
    public void There_are_many_of_them() => Assert.True(EscapeAttempt.All.Length + EscapeAttempt.OfObserved.Length >= 60);

    private static TheoryData<string, string> Rows(EscapeAttempt[] attempts, Func<EscapeAttempt, string, bool>? where = null)
    {
        var rows = new TheoryData<string, string>();
        foreach (string user in EscapeFolder.Users)
        {
            foreach (EscapeAttempt attempt in attempts.Where(attempt => where?.Invoke(attempt, user) ?? true))
            {
                rows.Add(user, attempt.Name);
            }
        }

        return rows;
    }
}

/// <summary>What all tests share: the folders of both users, and how everything went with every defence in place, tried once.</summary>
public sealed class EscapeRuns : IAsyncLifetime
{
    private readonly Dictionary<string, EscapeFolder> _folders = new(StringComparer.Ordinal);
    private readonly Dictionary<(string User, bool Observed), Dictionary<string, string>> _held = [];

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (EscapeFolder folder in _folders.Values)
        {
            await folder.DisposeAsync();
        }
    }

    public async Task<EscapeFolder> FolderAsync(string user)
    {
        if (!_folders.TryGetValue(user, out EscapeFolder? folder))
        {
            _folders[user] = folder = await EscapeFolder.CreateAsync(user);
        }

        return folder;
    }

    public async Task<Dictionary<string, string>> HeldAsync(string user, bool observed)
    {
        if (!_held.TryGetValue((user, observed), out Dictionary<string, string>? held))
        {
            IEnumerable<EscapeAttempt> attempts = observed ? [.. EscapeAttempt.All, .. EscapeAttempt.OfObserved] : EscapeAttempt.All;
            _held[(user, observed)] = held = await (await FolderAsync(user)).TryAsync(attempts.Select(static attempt => attempt.Name), Defences.All, observed);
        }

        return held;
    }
}
