using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using IceCream.Identity;

namespace IceCream.Scheduling;

/// <summary>
/// What a lease's holder shows to the worker, and the worker checks without asking anyone: the lease's number and end (8 bytes each, little-endian,
/// the end in ticks of UTC), the agent's name in UTF-8, and the HMAC-SHA256 of all that under the worker's key.
/// </summary>
internal static class LeaseCapability
{
    private const int Head = 16;

    /// <summary>Makes a capability.</summary>
    /// <param name="key">The worker's secret.</param>
    /// <param name="lease">The lease's number.</param>
    /// <param name="agent">Who may use it.</param>
    /// <param name="expires">Until when.</param>
    public static byte[] Create(ReadOnlySpan<byte> key, long lease, string agent, DateTimeOffset expires)
    {
        ArgumentNullException.ThrowIfNull(agent);
        byte[] capability = new byte[Head + Encoding.UTF8.GetByteCount(agent) + HMACSHA256.HashSizeInBytes];
        BinaryPrimitives.WriteInt64LittleEndian(capability, lease);
        BinaryPrimitives.WriteInt64LittleEndian(capability.AsSpan(8), expires.UtcTicks);
        Encoding.UTF8.GetBytes(agent, capability.AsSpan(Head));
        Span<byte> signed = capability.AsSpan(0, capability.Length - HMACSHA256.HashSizeInBytes);
        HMACSHA256.HashData(key, signed, capability.AsSpan(signed.Length));
        return capability;
    }

    /// <summary>Checks a capability: made with this key, and not over. Its end was written by the scheduler's clock, which may differ from the worker's by five minutes.</summary>
    /// <param name="key">The worker's secret.</param>
    /// <param name="capability">What the holder showed.</param>
    /// <param name="now">The time; a lease may be used up to and including its end and five minutes more.</param>
    /// <param name="claim">What the capability says.</param>
    public static bool TryVerify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> capability, DateTimeOffset now, [NotNullWhen(true)] out LeaseClaim? claim)
    {
        if (TryRead(key, capability, out claim) && now - claim.Expires <= FarmTrust.ClockTolerance)
        {
            return true;
        }

        claim = null;
        return false;
    }

    /// <summary>Checks who made a capability, and lets its end pass.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> key, ReadOnlySpan<byte> capability, [NotNullWhen(true)] out LeaseClaim? claim)
    {
        claim = null;
        int signed = capability.Length - HMACSHA256.HashSizeInBytes;
        if (signed < Head)
        {
            return false;
        }

        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, capability[..signed], expected);
        if (!CryptographicOperations.FixedTimeEquals(expected, capability[signed..]))
        {
            return false;
        }

        // Signed with the key, so written by Create: the ticks are a moment.
        claim = new LeaseClaim(
            BinaryPrimitives.ReadInt64LittleEndian(capability),
            Encoding.UTF8.GetString(capability[Head..signed]),
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(capability[8..]), TimeSpan.Zero));
        return true;
    }
}

/// <summary>What a capability says.</summary>
/// <param name="Lease">The lease's number.</param>
/// <param name="Agent">Who may use it.</param>
/// <param name="Expires">Until when.</param>
internal sealed record LeaseClaim(long Lease, string Agent, DateTimeOffset Expires);
