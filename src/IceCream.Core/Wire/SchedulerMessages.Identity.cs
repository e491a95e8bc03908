using System.Collections.Immutable;
using IceCream.Identity;
using IceCream.Jobs;
using MessagePack;

namespace IceCream.Wire;

/// <content>Messages about certificates, tokens and revocation.</content>
internal abstract partial record SchedulerMessage
{
    private const int RevokedTag = 40, TokenRequestTag = 41, TokenReplyTag = 42, RevokeRequestTag = 43, RevokeReplyTag = 44, ReadTokenRequestTag = 45;

    /// <summary>The revoked certificates. Sent to every node after its welcome, and again whenever more are revoked.</summary>
    /// <param name="Keys">The SHA-256 of the public key of each.</param>
    public sealed record RevokedKeys(ImmutableArray<Digest> Keys) : SchedulerMessage;

    /// <summary>The scheduler's owner asks for a join token.</summary>
    /// <param name="Roles">The roles that it allows.</param>
    /// <param name="Lifetime">How long it is valid.</param>
    /// <param name="Uses">How many machines may use it.</param>
    public sealed record TokenRequest(NodeRoles Roles, TimeSpan Lifetime, int Uses) : SchedulerMessage;

    /// <summary>The scheduler's owner asks for a token that lets a browser view the farm.</summary>
    /// <param name="Lifetime">How long it is valid.</param>
    public sealed record ReadTokenRequest(TimeSpan Lifetime) : SchedulerMessage;

    public sealed record TokenReply(string Token) : SchedulerMessage;

    /// <summary>The scheduler's owner revokes the certificates of a node.</summary>
    public sealed record RevokeRequest(string Node) : SchedulerMessage;

    /// <param name="Certificates">How many certificates the node had.</param>
    public sealed record RevokeReply(int Certificates) : SchedulerMessage;

    /// <summary>How many fields a message of this file has, including its tag; null when the tag belongs to another file.</summary>
    private static int? IdentityFields(int tag) => tag switch { TokenRequestTag => 4, RevokedTag or TokenReplyTag or RevokeRequestTag or RevokeReplyTag or ReadTokenRequestTag => 2, _ => null };

    /// <summary>Writes a message of this file.</summary>
    /// <returns>False when the message belongs to another file.</returns>
    private static bool TryWriteIdentity(ref MessagePackWriter writer, SchedulerMessage message)
    {
        switch (message)
        {
            case RevokedKeys m:
                Begin(ref writer, RevokedTag, 1);
                writer.WriteArrayHeader(m.Keys.Length);
                foreach (Digest key in m.Keys)
                {
                    writer.WriteDigest(key);
                }

                return true;
            case TokenRequest m:
                Begin(ref writer, TokenRequestTag, 3);
                writer.Write((int)m.Roles);
                writer.Write(m.Lifetime.Ticks);
                writer.Write(m.Uses);
                return true;
            case ReadTokenRequest m:
                WriteNumber(ref writer, ReadTokenRequestTag, m.Lifetime.Ticks);
                return true;
            case TokenReply m:
                Begin(ref writer, TokenReplyTag, 1);
                writer.Write(m.Token);
                return true;
            case RevokeRequest m:
                Begin(ref writer, RevokeRequestTag, 1);
                writer.Write(m.Node);
                return true;
            case RevokeReply m:
                Begin(ref writer, RevokeReplyTag, 1);
                writer.Write(m.Certificates);
                return true;
            default:
                return false;
        }
    }

    private static SchedulerMessage ReadIdentity(int tag, ref MessagePackReader reader) => tag switch
    {
        RevokedTag => new RevokedKeys(ReadKeys(ref reader)),
        TokenRequestTag => new TokenRequest(ReadRoles(ref reader), ReadLifetime(ref reader), ReadNumber(ref reader)),
        ReadTokenRequestTag => new ReadTokenRequest(ReadLifetime(ref reader)),
        TokenReplyTag => new TokenReply(reader.ReadText(WireLimits.Name)),
        RevokeRequestTag => new RevokeRequest(ReadName(ref reader)),
        _ => new RevokeReply(ReadNumber(ref reader)),
    };

    private static TimeSpan ReadLifetime(ref MessagePackReader reader) => new(reader.ReadLength(TimeSpan.FromDays(3660).Ticks));

    private static NodeRoles ReadRoles(ref MessagePackReader reader)
    {
        int roles = reader.ReadInt32();
        return roles is > 0 and <= (int)(NodeRoles.Agent | NodeRoles.Worker | NodeRoles.Monitor | NodeRoles.Scheduler) ? (NodeRoles)roles
            : throw new WireFormatException($"{roles} stands for no roles.");
    }

    private static ImmutableArray<Digest> ReadKeys(ref MessagePackReader reader)
    {
        int count = reader.ReadCount(WireLimits.Items);
        var keys = ImmutableArray.CreateBuilder<Digest>(Math.Min(count, 1024));
        for (int i = 0; i < count; i++)
        {
            keys.Add(reader.ReadDigest());
        }

        return keys.DrainToImmutable();
    }
}
