using System.CommandLine;
using IceCream.Diagnostics;
using IceCream.Host.Builds;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Host.Live;
using IceCream.Jobs;
using IceCream.Monitoring;
using IceCream.Platform;

namespace IceCream.Host.Commands;

/// <summary><c>icehost watch</c>: shows a user's build live. Without a terminal it prints a line when that changes, at most every 2 s.</summary>
internal static class WatchCommand
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static Command Build()
    {
        var user = new Option<string?>("--user") { HelpName = "NAME", Description = "Whose build. Default: yours." };
        var command = new Command("watch", "Show your build live: how far it is, where its jobs are, and when it will end where that is known. q ends. Plain lines where there is no terminal.")
        {
            user, Options.Scheduler(), Options.Network(), Options.StateDirectory(), Options.Insecure(), Options.Socket(),
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            FarmAddress scheduler = await Schedulers.FindAsync(settings, cancellationToken);
            string whose = parsed.GetValue(user) ?? UserName.Own();
            FarmSource source = Schedulers.Source(settings, scheduler);
            await source.Ask(cancellationToken);
            var build = new BuildProgress(begun => begun.User == whose);
            await RememberAsync(settings, build, cancellationToken);
            Obstacle? obstacle = null;
            TimeProvider time = TimeProvider.System;
            using var live = new LiveView(parsed.InvocationConfiguration.Output, time, cancellationToken);
            var feed = new FarmFeed(source, time)
            {
                Happened = happened => live.Change(() => build.Hear(happened, time.GetUtcNow())),
                Obstructed = now => live.Change(() => obstacle = now),
            };
            await live.RunAsync(
                feed.RunAsync,
                (width, height, colours) => Frame.Of(WatchScreen.Render(build, obstacle, width, height, time.GetUtcNow()), WatchScreen.Footer(), width, height, colours),
                () => obstacle?.Detail ?? build.Line(time.GetUtcNow()),
                static _ => { });
            return 0;
        });
        return command;
    }

    /// <summary>Loads the sizes of this machine's former builds, from which the progress is estimated. Without a local agent there is no estimate.</summary>
    private static async Task RememberAsync(Settings settings, BuildProgress build, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            (_, JobStatistics statistics) = await Agents.AskAsync(settings, either.Token);
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            foreach (FinishedBuild former in FinishedBuild.Recognise(statistics.Recent).Where(former => now - former.Ended > BuildRecognition.Pause))
            {
                build.Remember(former.Folder, former.Work.Count());
            }
        }
        catch (Exception e) when (e is IOException || (e is OperationCanceledException && limit.IsCancellationRequested))
        {
            // There is no agent here, or it does not answer.
        }
    }
}
