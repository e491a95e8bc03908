using IceCream.Host.Commands;
using IceCream.Host.Rendering;

Console.SetError(new UnfailingWriter(Console.Error));
return await IceHost.RunAsync(CcacheStorageCommand.IsMeant() ? [CcacheStorageCommand.Word, .. args] : args, Console.Out, Console.Error);
