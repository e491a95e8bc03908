using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using IceCream.Identity;

namespace IceCream.Scheduling;

/// <summary>
/// The proof that a lease's holder presents to the worker, and that the worker verifies without asking the scheduler: the lease's number and end (8
/// bytes each, little-endian, the end in ticks of UTC), the agent's name in UTF-8, and the HMAC-SHA256 of all that under the worker's key.
/// </summary>
internal static class LeaseCapability
{
    private const int Head = 16;

    /// <summary>Makes a capability.</summary>
    /// <param name="key">The worker's secret.</param>
    /// <param name="lease">The lease's number.</param>
    /// <param name="agent">The agent that may use it.</param>
    /// <param name="expires">The end of the lease.</param>
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

    /// <summary>
    /// Verifies that a capability was made with this key and has not expired. Its end is a time of the scheduler's clock, which may differ from the
    /// worker's by five minutes.
    /// </summary>
    /// <param name="key">The worker's secret.</param>
    /// <param name="capability">The bytes that the holder presented.</param>
    /// <param name="now">The time; a lease may be used up to and including its end and five minutes more.</param>
    /// <param name="claim">The contents of the capability.</param>
    public static bool TryVerify(ReadOnlySpan<byte> key, ReadOnlySpan<byte> capability, DateTimeOffset now, [NotNullWhen(true)] out LeaseClaim? claim)
    {
        if (TryRead(key, capability, out claim) && now - claim.Expires <= FarmTrust.ClockTolerance)
        {
            return true;
        }

        claim = null;
        return false;
    }

    /// <summary>Verifies only the signature of a capability, not its end.</summary>
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

        // The signature proves that Create wrote it, so the ticks are a valid time.
        claim = new LeaseClaim(
            BinaryPrimitives.ReadInt64LittleEndian(capability),
            Encoding.UTF8.GetString(capability[Head..signed]),
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(capability[8..]), TimeSpan.Zero));
        return true;
    }
}

/// <summary>The contents of a capability.</summary>
/// <param name="Lease">The lease's number.</param>
/// <param name="Agent">The agent that may use it.</param>
/// <param name="Expires">The end of the lease.</param>
internal sealed record LeaseClaim(long Lease, string Agent, DateTimeOffset Expires);
