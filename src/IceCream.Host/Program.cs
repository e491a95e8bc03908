using IceCream.Host.Commands;

return await IceHost.RunAsync(CcacheStorageCommand.IsMeant() ? [CcacheStorageCommand.Word, .. args] : args, Console.Out, Console.Error);
