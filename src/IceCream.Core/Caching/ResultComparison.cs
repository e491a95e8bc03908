using IceCream.Jobs;

namespace IceCream.Caching;

/// <summary>Compares two results byte for byte.</summary>
internal static class ResultComparison
{
    private const int AtOnce = 1 << 16;

    /// <summary>How a result differs from another; null when they are equal.</summary>
    public static string? Difference(CompileResult known, CompileResult now)
    {
        if ((known.ExitCode, known.Signal) != (now.ExitCode, now.Signal))
        {
            return $"it ends with {now.ExitCode} and not with {known.ExitCode}";
        }

        if (!known.StandardOutput.Span.SequenceEqual(now.StandardOutput.Span) || !known.StandardError.Span.SequenceEqual(now.StandardError.Span))
        {
            return "it says something else";
        }

        foreach (OutputFile output in now.Outputs)
        {
            if (known.Outputs.FirstOrDefault(other => other.Path == output.Path) is not { } other)
            {
                return $"it writes {output.Path}, and did not";
            }

            if (!AreSame(other.Content, output.Content))
            {
                return $"{output.Path} has other bytes";
            }
        }

        return known.Outputs.FirstOrDefault(output => now.Outputs.All(other => other.Path != output.Path)) is { } lacking ? $"it does not write {lacking.Path}, and did" : null;
    }

    private static bool AreSame(OutputContent left, OutputContent right)
    {
        if (left.Length != right.Length)
        {
            return false;
        }

        byte[] one = new byte[AtOnce], other = new byte[AtOnce];
        for (long at = 0; at < left.Length;)
        {
            int read = left.Read(at, one);
            if (right.Read(at, other) != read || !one.AsSpan(0, read).SequenceEqual(other.AsSpan(0, read)))
            {
                return false;
            }

            at += read;
        }

        return true;
    }
}
