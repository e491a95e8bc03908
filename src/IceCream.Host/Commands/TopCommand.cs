using System.CommandLine;
using IceCream.Host.Configuration;
using IceCream.Host.Endpoints;
using IceCream.Host.Live;
using IceCream.Host.Rendering;
using IceCream.Jobs;

namespace IceCream.Host.Commands;

/// <summary><c>icehost top</c>: shows the farm live until q is pressed. Without a terminal it prints a line when that changes, at most every 2 s.</summary>
internal static class TopCommand
{
    public static Command Build()
    {
        Option<bool> once = Options.Flag("--once", "One look in plain lines, and no more.");
        var command = new Command("top", "Show the farm live: nodes, slots, users, jobs and rates. Keys: s sorts, h helps, q ends. Plain lines where there is no terminal.")
        {
            Options.Scheduler(), Options.Network(), Options.StateDirectory(), Options.Insecure(), once,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Settings settings = parsed.Settings();
            FarmAddress scheduler = await Schedulers.FindAsync(settings, cancellationToken);
            var farm = new FarmView();

            // A scheduler that is absent at the start is an error; if one goes away later, the feed waits for it to come back.
            FarmSource source = Schedulers.Source(settings, scheduler);
            farm.See(await source.Ask(cancellationToken));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(once))
            {
                output.WriteLine(Terminal.Line(TopScreen.Line(farm, TimeProvider.System.GetUtcNow())));
                return 0;
            }

            await RunAsync(farm, source, output, cancellationToken);
            return 0;
        });
        return command;
    }

    private static async Task RunAsync(FarmView farm, FarmSource source, TextWriter output, CancellationToken cancellationToken)
    {
        TimeProvider time = TimeProvider.System;
        using var live = new LiveView(output, time, cancellationToken);
        var order = NodeOrder.Name;
        bool isHelp = false;
        var feed = new FarmFeed(source, time)
        {
            Happened = happened => live.Change(() => farm.Hear(happened, time.GetUtcNow())),
            Seen = status => live.Change(() => farm.See(status)),
            Obstructed = obstacle => live.Change(() => farm.Obstacle = obstacle),
        };
        await live.RunAsync(
            feed.RunAsync,
            (width, height, colours) => Frame.Of(TopScreen.Render(farm, order, isHelp, height, time.GetUtcNow()), TopScreen.Footer(order), width, height, colours),
            () => TopScreen.Line(farm, time.GetUtcNow()),
            key =>
            {
                order = key == 's' ? order.Next() : order;
                isHelp = key is 'h' or '?' ? !isHelp : isHelp;
            });
    }
}
