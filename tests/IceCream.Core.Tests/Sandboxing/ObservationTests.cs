using System.Globalization;
using IceCream.Sandboxing;
using IceCream.Sandboxing.Observation;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>Each call that the preload object stands in front of, and the same calls of programs that cannot load it.</summary>
public sealed class ObservationTests(ObservedFolder folder) : IClassFixture<ObservedFolder>
{
    private const int ENOENT = 2, EEXIST = 17, ENOTDIR = 20, EISDIR = 21, EINVAL = 22;

    public static TheoryData<string, Linked> Calls
    {
        get
        {
            var calls = new TheoryData<string, Linked>();
            foreach (string call in ObservedCalls.Common)
            {
                calls.Add(call, Linked.Dynamic);
                calls.Add(call, Linked.Static);
                calls.Add(call, Linked.Musl);
                calls.Add(call, Linked.MuslStatic);
            }

            foreach (string call in ObservedCalls.Gnu)
            {
                calls.Add(call, Linked.Dynamic);
                calls.Add(call, Linked.Static);
            }

            foreach (string call in ObservedCalls.Old)
            {
                calls.Add(call, Linked.Dynamic);
            }

            return calls;
        }
    }

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_call_answers_as_ever_and_each_path_is_in_the_record(string call, Linked linked)
    {
        if (await folder.CompileAsync(ObservedCalls.Source, linked, ObservedCalls.Old.Contains(call) ? ["-DOLD"] : []) is not { } program)
        {
            Assert.NotEqual(Linked.Dynamic, linked);
            return;
        }

        folder.Fill();
        SandboxOutcome plain = await folder.RunAsync([program, call], observed: false);
        folder.Fill();
        SandboxOutcome seen = await folder.RunAsync([program, call]);

        Assert.Equal((0, 0), (plain.ExitCode, seen.ExitCode));
        Assert.Equal(ObservedFolder.Lines(plain), ObservedFolder.Lines(seen));
        Assert.Equal((null, null), (seen.Lookups!.Gap, seen.Lookups.Trouble));
        string[] expected = [.. ObservedFolder.Lines(plain).Select(line => Expected(call, line)).OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        Assert.True(expected.Length > 20, $"{expected.Length} paths");

        // The program itself opens a folder to start from, reads the names of those that it opened, and looks around in those that it went to.
        string own = $"o {folder.Root}/folder 0";
        Assert.Equal(
            expected,
            folder.Seen(seen).Where(lookup => lookup.Kind != LookupKind.List && !(call == "chdir" && lookup.Kind == LookupKind.Access)).Select(lookup => Normal(call, lookup))
                .Where(lookup => lookup != own || expected.Contains(own)).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(
            call == "opendir" ? [folder.Root, folder.Root + "/folder"] : [],
            seen.Lookups.Lookups.Where(static lookup => lookup.Kind == LookupKind.List).Select(static lookup => lookup.Path!).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>What the program's line says of a lookup; null when the kernel answers the same everywhere: no path, or one that is too long.</summary>
    private static string? Expected(string call, string line)
    {
        string[] parts = line.Split('\t');
        int error = int.Parse(parts[^1], CultureInfo.InvariantCulture);
        return parts[1].Length is 0 or > 4095 ? null : Normal(call, new Lookup(parts[1], (LookupKind)parts[0][0], error));
    }

    /// <summary>The supervisor answers before the call is made, and cannot tell these apart; nor need it, for who judges the record takes them for the same.</summary>
    private static string Normal(string call, Lookup lookup)
    {
        bool same = lookup switch
        {
            { Kind: LookupKind.Write, Error: EEXIST or EISDIR } => true,
            { Kind: LookupKind.Write, Error: ENOTDIR } => lookup.Path!.EndsWith('/'),
            // Where a link that leads nowhere would have it made is not asked: that it was to be written is an objection in any case.
            { Kind: LookupKind.Write, Error: ENOENT } => lookup.Path!.EndsWith("/dangling", StringComparison.Ordinal),
            { Kind: LookupKind.ReadLink, Error: EINVAL } => true,
            // A file was asked for as if it were a folder.
            { Error: ENOTDIR } => call is "chdir" or "opendir" || call.EndsWith("-folder", StringComparison.Ordinal),
            _ => false,
        };

        // glibc's own asks for the status first, and then may have no further question.
        LookupKind kind = lookup.Kind == LookupKind.Status && call is "euidaccess" or "eaccess" ? LookupKind.Access : lookup.Kind;
        return $"{(char)kind} {lookup.Path} {(same ? 0 : lookup.Error)}";
    }
}
