using System.Globalization;
using IceCream.Host.Configuration;
using IceCream.Platform;

namespace IceCream.Host.Doctor;

/// <summary>Checks the state directory (hard links, free space), the socket's place, the limit of open files, and the clock.</summary>
internal static class MachineChecks
{
    private const long LeastRoom = 1L << 30, GoodRoom = 10L << 30;
    private const long LeastDescriptors = 1024, GoodDescriptors = 4096;
    private static readonly DateTimeOffset SurelyPast = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<Finding> Run(Places places, Settings settings, TimeProvider time)
    {
        yield return At("state directory", () => places.StateDirectory(settings), place => StateDirectory(place.Path));
        yield return At("socket", () => places.Socket(settings), static place => Finding.Ok("socket", place.Path));
        yield return Descriptors();
        yield return time.GetUtcNow() is var now && now > SurelyPast
            ? Finding.Ok("clock", now.ToString("u", CultureInfo.InvariantCulture))
            : Finding.Problem("clock", $"it says {now:u}, which is past already", "Set it, by NTP for choice: leases and certificates carry times.");
    }

    internal static Finding StateDirectory(string directory)
    {
        const string check = "state directory";
        string first = Path.Combine(directory, $".doctor-{Environment.ProcessId}"), second = first + "-link";
        string? made = HighestMissing(directory);
        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllText(first, "");
            int error = Linux.Link(first, second);
            var drive = new DriveInfo(directory);
            string where = $"{directory} on {drive.DriveFormat} with {drive.AvailableFreeSpace >> 30} GiB free";
            return error != 0 ? Finding.Problem(check, $"{where}: hard links are refused there (error {error})", "Name a folder on ext4, xfs, btrfs or tmpfs with --state-dir.")
                : drive.AvailableFreeSpace < LeastRoom ? Finding.Problem(check, where, "Free at least 1 GiB, or name another folder with --state-dir.")
                : drive.AvailableFreeSpace < GoodRoom ? Finding.Warning(check, where, "The store's default limit is 10 GiB: lower it with --cache-limit, or free space.")
                : Finding.Ok(check, where);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Finding.Problem(check, $"{directory} cannot be written: {e.Message}", "Name a folder of your own with --state-dir, or give this one to the daemon's user.");
        }
        finally
        {
            Remove(first);
            Remove(second);
            RemoveFolders(directory, made);
        }
    }

    /// <summary>Checks a place. If all else is well, a place other than the usual one is still a warning.</summary>
    private static Finding At(string check, Func<Place> find, Func<Place, Finding> examine)
    {
        try
        {
            Place place = find();
            Finding finding = examine(place);
            return finding.Level == FindingLevel.Ok && place.Obstacle is { } obstacle ? Finding.Warning(check, finding.What, obstacle.Detail + ".") : finding;
        }
        catch (IOException e)
        {
            return Finding.Problem(check, e.Message, "Launchers compile here until there is one.");
        }
    }

    private static Finding Descriptors()
    {
        const string check = "open files";
        string[] words = File.ReadLines("/proc/self/limits").First(static line => line.StartsWith("Max open files", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string most = words[^2];
        return most == "unlimited" || !long.TryParse(most, NumberStyles.None, CultureInfo.InvariantCulture, out long limit) || limit >= GoodDescriptors
            ? Finding.Ok(check, $"up to {most}")
            : limit >= LeastDescriptors
                ? Finding.Warning(check, $"up to {most}", "Raise it for many parallel jobs: ulimit -n 65536, or LimitNOFILE= in the service.")
                : Finding.Problem(check, $"up to {most}: too few for a daemon", "ulimit -n 65536, or LimitNOFILE= in the service.");
    }

    /// <summary>The uppermost of the folders that a folder needs and that are not there; null if there are all.</summary>
    private static string? HighestMissing(string directory)
    {
        string? missing = null;
        for (string? at = directory; at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            missing = at;
        }

        return missing;
    }

    /// <summary>Removes the folders that the check has made: the daemon that creates them may run as another user.</summary>
    private static void RemoveFolders(string directory, string? made)
    {
        try
        {
            for (string? at = directory; made is not null && at?.Length >= made.Length; at = Path.GetDirectoryName(at))
            {
                if (Directory.Exists(at))
                {
                    Directory.Delete(at);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Something has come to lie there meanwhile, as of a daemon that has just started: it is in use, and stays.
        }
    }

    private static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A file that could not be written needs no removal; the finding already reports the error.
        }
    }
}
