using System.Text.Json;
using IceCream.EndToEnd.Tests.Kit;

namespace IceCream.EndToEnd.Tests;

/// <summary>What users are told of their jobs: by <c>why</c>, <c>stats</c>, <c>status</c> and at the end of <c>run</c>.</summary>
public sealed class StoryTests
{
    private const string OfTheMachine = "-fopt-info is bound to this machine or this run, or writes files that the command does not name";

    /// <summary>The exit code of what a launcher became, where the kernel tells it: never 0 for want of knowledge.</summary>
    private static readonly int? One = Environment.OSVersion.Version >= new Version(6, 15) ? 1 : null;

    private sealed record Story(string Subject, string Place, string Code, string Reason, int? ExitCode, Story[]? Earlier);

    [Needs("gcc", "bwrap")]
    public async Task Each_job_of_a_file_has_its_story_its_reason_and_its_exit_code()
    {
        using var space = new Workspace();
        string folder = space.Folder("work");
        space.Write("work/good.c", "int good;\n");
        space.Write("work/bad.c", "int bad(;\n");
        space.Write("work/conftest.c", "int main(void) { return 0; }\n");
        await using FarmProcesses farm = await FarmProcesses.StartAsync(workers: 1, probes: false);
        Ending ending = await farm.RunAsync(
            """
            ICECREAM_MODE=remote gcc -c good.c || exit 9
            gcc -fopt-info -c good.c || exit 8
            gcc -fopt-info -c bad.c && exit 7
            gcc --version >version && gcc -E - </dev/null >nothing && gcc conftest.c -o conftest && gcc -c -x c /dev/null -o probe.o || exit 6
            """, folder);
        Assert.True(ending.ExitCode == 0, ending.ToString());

        Story story = JsonSerializer.Deserialize<Story>(await AskAsync("why good.c --json"), Statistics.Names)!;
        Assert.Equal(("good.c", "local", "local_flag", OfTheMachine, One is null ? (int?)null : 0), (story.Subject, story.Place, story.Code, story.Reason, story.ExitCode));
        Assert.Equal(("remote", "", "", (int?)0), (story.Earlier![0].Place, story.Earlier[0].Code, story.Earlier[0].Reason, story.Earlier[0].ExitCode));
        string told = await AskAsync("why work/bad.c");
        Assert.StartsWith($"bad.c ran on this machine: {OfTheMachine}\n", told, StringComparison.Ordinal);
        Assert.Contains(One is null ? ", exit code unknown\n" : ", exit code 1\n", told, StringComparison.Ordinal);

        Statistics statistics = await farm.StatisticsAsync();
        Assert.True(statistics is { Compiles: 3, CompilesAway: 1, Questions: 4, Failed: 0, Cancelled: 0 }, statistics.ToString());
        string advice = $"only 1 of 3 compiles left this machine; 2 stayed because {OfTheMachine}. ";
        Assert.StartsWith(advice, statistics.Advice, StringComparison.Ordinal);
        Assert.Contains($"\nstays at home: {advice}", await AskAsync("stats"), StringComparison.Ordinal);
        Assert.Contains($"\nthis machine's agent: {advice}", await AskAsync($"status --scheduler {farm.Address}"), StringComparison.Ordinal);

        async Task<string> AskAsync(string question)
        {
            Ending answer = await Shell.RunAsync($"'{Programs.Host}' {question} --socket '{farm.Socket}'", folder);
            Assert.True(answer is { ExitCode: 0, Error: "" }, answer.ToString());
            return answer.Output;
        }
    }

    [Needs("gcc", "bwrap")]
    public async Task A_build_that_stays_at_home_says_so_at_its_end()
    {
        using var space = new Workspace();
        space.Write("a.c", "int a;\n");
        Ending ending = await Shell.RunAsync($"'{Programs.Host}' run --state-dir '{space.Under("state")}' -- gcc -fopt-info -c a.c", space.Root);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Assert.Contains($"\nstays at home: only 0 of 1 compile left this machine; 1 stayed because {OfTheMachine}. ", ending.Error, StringComparison.Ordinal);
    }

    [Needs("gcc", "bwrap")]
    public async Task A_limit_of_the_command_keeps_it_here()
    {
        using var space = new Workspace();
        space.Write("a.c", "int a;\n");
        Ending ending = await Shell.RunAsync($"'{Programs.Host}' run --state-dir '{space.Under("state")}' -- sh -c 'ulimit -t 600; gcc -c a.c'", space.Root);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Assert.Contains("1 stayed because ulimit -t 600 holds for this command, and would not on a worker", ending.Error, StringComparison.Ordinal);
    }

    /// <summary>Only root may take on a group at will.</summary>
    [Needs("gcc", "bwrap", "setpriv")]
    public async Task What_another_group_would_own_leaves_and_is_given_to_that_group()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        using var space = new Workspace();
        space.Write("a.c", "int a;\n");
        Ending ending = await Shell.RunAsync(
            $"mkdir giving && chgrp 2 giving && chmod g+s giving && '{Programs.Host}' run --state-dir '{space.Under("state")}' -- setpriv --regid=1 --clear-groups sh -c 'gcc -c a.c && gcc -c a.c -o giving/a.o' && stat -c 'of group %g' a.o giving/a.o",
            space.Root);
        Assert.True(ending.ExitCode == 0, ending.ToString());
        Assert.Contains("of group 1\nof group 2\n", ending.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("stayed because", ending.Error, StringComparison.Ordinal);
    }

    /// <summary>As in a container of another user whose <c>PATH</c> is root's. Root may search all folders, and becomes nobody for it.</summary>
    [Needs("gcc", "bwrap", "setpriv")]
    public async Task A_folder_of_the_path_that_its_user_may_not_search_keeps_no_job_here()
    {
        if (Environment.IsPrivilegedProcess && OtherUsers.Obstacle is not null)
        {
            return;
        }

        using var space = new Workspace();
        space.Write("a.c", "int a;\n");
        space.Folder("barred/bin");
        string way = Environment.IsPrivilegedProcess ? "chown -R 65534 . && set -- setpriv --reuid 65534 --regid 65534 --clear-groups" : "set -- env";
        Ending ending = await Shell.RunAsync(
            $"""
            chmod 0 barred && {way} && export HOME="$PWD" PATH="$PWD/barred/bin:$PATH"
            "$@" '{Programs.Host}' run --state-dir '{space.Under("state")}' -- gcc -c a.c
            code=$?
            chmod 700 barred
            exit $code
            """,
            space.Root);
        Assert.True(ending.ExitCode == 0 && File.Exists(space.Under("a.o")), ending.ToString());
        Assert.DoesNotContain("stayed because", ending.Error, StringComparison.Ordinal);
    }
}
