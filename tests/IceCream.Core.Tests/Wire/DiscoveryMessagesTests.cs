using FsCheck.Xunit;
using IceCream.Wire;
using Xunit;

namespace IceCream.Tests.Wire;

public sealed class DiscoveryMessagesTests
{
    private static readonly DateTimeOffset Started = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Property]
    public void Both_messages_come_back_as_they_were(long nonce, ushort port)
    {
        foreach (DiscoveryMessage message in new DiscoveryMessage[]
            { new DiscoveryMessage.Question(nonce, "farm"), new DiscoveryMessage.Answer(nonce, "farm", "1.2", port, Started) })
        {
            Assert.True(DiscoveryMessage.TryDecode(DiscoveryMessage.Encode(message), out DiscoveryMessage? back));
            Assert.Equal(message, back);
        }
    }

    [Fact]
    public void No_answer_is_longer_than_the_question_that_asked_for_it()
    {
        string longest = new('n', WireLimits.Name);
        byte[] question = DiscoveryMessage.Encode(new DiscoveryMessage.Question(long.MinValue, longest));
        byte[] answer = DiscoveryMessage.Encode(new DiscoveryMessage.Answer(long.MinValue, longest, longest, ushort.MaxValue, DateTimeOffset.MaxValue));
        Assert.Equal(DiscoveryMessage.QuestionSize, question.Length);
        Assert.InRange(answer.Length, 1, question.Length);
    }

    [Property(MaxTest = 300)]
    public void Arbitrary_bytes_are_no_message(byte[] datagram) => Assert.False(DiscoveryMessage.TryDecode(datagram, out _));

    [Property(MaxTest = 1000)]
    public void A_damaged_datagram_is_a_message_or_ignored(bool answered, ushort at, byte value, ushort cut)
    {
        byte[] datagram = answered
            ? DiscoveryMessage.Encode(new DiscoveryMessage.Answer(1, "farm", "1.2", 8765, Started))
            : DiscoveryMessage.Encode(new DiscoveryMessage.Question(1, "farm"));
        datagram[at % Math.Min(datagram.Length, 32)] = value;
        bool isMessage = DiscoveryMessage.TryDecode(datagram.AsMemory(0, datagram.Length - (cut % 3)), out DiscoveryMessage? message);
        Assert.Equal(isMessage, message is not null);
    }

    [Fact]
    public void A_question_that_is_shorter_or_longer_than_a_question_is_ignored()
    {
        byte[] question = DiscoveryMessage.Encode(new DiscoveryMessage.Question(1, "farm"));
        Assert.False(DiscoveryMessage.TryDecode(question.AsMemory(0, 100), out _));
        Assert.False(DiscoveryMessage.TryDecode((byte[])[.. question, 0], out _));
    }

    [Property]
    public void A_question_of_the_classic_protocol_is_ignored(byte version) => Assert.False(DiscoveryMessage.TryDecode(new byte[] { version }, out _));

    [Fact]
    public void A_classic_speaker_takes_none_of_our_datagrams_for_its_own()
    {
        byte[] question = DiscoveryMessage.Encode(new DiscoveryMessage.Question(1, "farm"));
        byte[] answer = DiscoveryMessage.Encode(new DiscoveryMessage.Answer(1, "farm", "1.2", 8765, Started));
        Assert.Equal((0, 0), (question[0], answer[0]));

        // The lengths by which it knows questions, answers and announcements.
        Assert.DoesNotContain(question.Length, new[] { 1, 16, 32, 268 });
    }
}
