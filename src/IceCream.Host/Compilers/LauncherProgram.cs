namespace IceCream.Host.Compilers;

/// <summary>Finds the launcher that belongs to this host.</summary>
internal static class LauncherProgram
{
    /// <summary>The launcher beside this program's file (links resolved), else the first on <c>PATH</c>.</summary>
    /// <exception cref="IOException">There is no launcher.</exception>
    public static string Find() => FindOrNull() ?? throw new IOException(
        $"icelaunch is neither in {OwnFolder()} nor on PATH. Put icehost and icelaunch into one folder: './ice publish DIR' does.");

    public static string? FindOrNull() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Where(static folder => folder.StartsWith('/'))
            .Prepend(OwnFolder())
            .Select(static folder => Path.Combine(folder, "icelaunch"))
            .FirstOrDefault(CompilersOnPath.IsProgram);

    public static string OwnFolder()
    {
        string program = Environment.ProcessPath ?? Path.Combine(AppContext.BaseDirectory, "icehost");
        string real = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;

        // Under 'dotnet icehost.dll', as in the tests, the process path is that of dotnet, so the folder of the assemblies is used.
        return Path.GetFileName(real) == "icehost" ? Path.GetDirectoryName(real)! : AppContext.BaseDirectory.TrimEnd('/');
    }
}
