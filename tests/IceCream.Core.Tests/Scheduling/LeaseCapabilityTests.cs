using IceCream.Identity;
using IceCream.Scheduling;
using Xunit;

namespace IceCream.Tests.Scheduling;

public sealed class LeaseCapabilityTests
{
    private static readonly DateTimeOffset End = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Key = [1, 2, 3];

    [Fact]
    public void A_capability_says_what_it_was_made_for_until_its_end_by_any_clock_of_the_farm()
    {
        byte[] capability = LeaseCapability.Create(Key, 7, "ann's box", End);
        Assert.True(LeaseCapability.TryVerify(Key, capability, End, out LeaseClaim? claim));
        Assert.Equal(new LeaseClaim(7, "ann's box", End), claim);
        Assert.True(LeaseCapability.TryVerify(Key, capability, End + FarmTrust.ClockTolerance, out _));
        Assert.False(LeaseCapability.TryVerify(Key, capability, End + FarmTrust.ClockTolerance + TimeSpan.FromTicks(1), out _));
        Assert.True(LeaseCapability.TryVerify(Key, LeaseCapability.Create(Key, 7, "a", DateTimeOffset.MaxValue), DateTimeOffset.MinValue, out _));
    }

    [Fact]
    public void No_bit_of_a_capability_can_be_changed_and_no_byte_left_out()
    {
        byte[] capability = LeaseCapability.Create(Key, 7, "a", End);
        for (int bit = 0; bit < capability.Length * 8; bit++)
        {
            byte[] forged = [.. capability];
            forged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(LeaseCapability.TryVerify(Key, forged, DateTimeOffset.MinValue, out _));
        }

        for (int length = 0; length < capability.Length; length++)
        {
            Assert.False(LeaseCapability.TryVerify(Key, capability.AsSpan(0, length), DateTimeOffset.MinValue, out _));
        }
    }

    [Fact]
    public void The_key_of_another_worker_does_not_fit() =>
        Assert.False(LeaseCapability.TryVerify([1, 2, 4], LeaseCapability.Create(Key, 7, "a", End), End, out _));
}
