using IceCream.Host.Commands;

// A link with the name of a storage helper is one: ccache starts it without a word.
string[] words = Path.GetFileName(Environment.GetCommandLineArgs()[0]) == CcacheStorageCommand.ProgramName ? ["ccache-storage", .. args] : args;
return await IceHost.RunAsync(words, Console.Out, Console.Error);
