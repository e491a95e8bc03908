using System.Reflection;
using IceCream.Diagnostics;
using Xunit;

namespace IceCream.Tests.Rules;

/// <summary>A log event is found by its number.</summary>
public sealed class EventIdRules
{
    [Fact]
    public void No_two_events_share_a_number()
    {
        int[] numbers = [.. typeof(EventIds).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (int)field.GetRawConstantValue()!)];
        Assert.NotEmpty(numbers);
        Assert.Equal(numbers.Length, numbers.Distinct().Count());
    }
}
