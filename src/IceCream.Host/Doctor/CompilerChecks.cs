using IceCream.Host.Compilers;
using IceCream.Host.Configuration;
using IceCream.Sandboxing;
using IceCream.Toolchains;

namespace IceCream.Host.Doctor;

/// <summary>Which compilers are here, and does the launcher lie where the host expects it?</summary>
internal static class CompilerChecks
{
    public static async IAsyncEnumerable<Finding> RunAsync()
    {
        yield return LauncherProgram.FindOrNull() is { } launcher
            ? Finding.Ok("launcher", launcher)
            : Finding.Problem("launcher", $"icelaunch is neither in {LauncherProgram.OwnFolder()} nor on PATH", "Put it beside icehost: './ice publish DIR' does.");

        IReadOnlyList<NamedCompiler> compilers = CompilersOnPath.Find(Environment.GetEnvironmentVariable("PATH") ?? "");
        if (compilers.Count == 0)
        {
            yield return Finding.Warning(
                "compilers", "none on PATH: this machine can work for others, and not submit", "Install g++ or clang to compile from here.");
        }

        string[] environment = [.. HostConfiguration.Variables().Select(static variable => $"{variable.Key}={variable.Value}")];
        foreach (IGrouping<string, NamedCompiler> program in compilers.GroupBy(static compiler => RealPath(compiler.Program)))
        {
            yield return await AskAsync($"compiler {string.Join(' ', program.Select(static compiler => compiler.Name))}", program.First().Program, environment);
        }
    }

    private static async Task<Finding> AskAsync(string check, string program, string[] environment)
    {
        try
        {
            return await CompilerIdentity.AskAsync(new ProcessCompilerProbe(), program, "/", environment) is { } identity
                ? Finding.Ok(check, $"{identity.Family} {identity.Version} for {identity.Target} ({program})")
                : Finding.Warning(check, $"{program} says neither that it is GCC nor that it is Clang", "Its jobs run on this machine only.");
        }
        catch (IOException e)
        {
            return Finding.Warning(check, e.Message, "Repair or remove it.");
        }
    }

    private static string RealPath(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? path;
}
