using IceCream.Host.Commands;

return await IceHost.RunAsync(args, Console.Out, Console.Error);
