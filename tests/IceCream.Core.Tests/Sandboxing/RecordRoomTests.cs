using IceCream.Sandboxing.Observation;
using IceCream.Tests.Storage;
using Xunit;

namespace IceCream.Tests.Sandboxing;

/// <summary>Records where there is no room for them.</summary>
public sealed class RecordRoomTests
{
    [NeedsMount]
    public void A_record_without_room_leaves_nothing_behind()
    {
        using var disk = new SmallDisk("1m");
        for (int i = 0; i < 3; i++)
        {
            Assert.Throws<IOException>(() => new LookupRecord(disk["record"]));
            Assert.False(Directory.Exists(disk["record"]));
        }
    }
}
