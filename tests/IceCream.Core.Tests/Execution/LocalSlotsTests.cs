using IceCream.Execution.Local;
using Xunit;

namespace IceCream.Tests.Execution;

public sealed class LocalSlotsTests
{
    private bool _hasRoom = true;

    [Fact]
    public async Task While_memory_is_short_commands_run_one_after_the_other_and_the_first_always()
    {
        var slots = new LocalSlots(4, () => _hasRoom);
        _hasRoom = false;
        IDisposable first = await slots.AcquireAsync(LocalSlotClass.Compile);
        Task<IDisposable> second = slots.AcquireAsync(LocalSlotClass.Compile).AsTask(), third = slots.AcquireAsync(LocalSlotClass.Compile).AsTask();
        Assert.Null(slots.TryAcquire(LocalSlotClass.Compile));
        Assert.Equal((false, 1), (second.IsCompleted, slots.InUse(LocalSlotClass.Compile)));

        first.Dispose();
        await second;
        Assert.Equal((false, 1), (third.IsCompleted, slots.InUse(LocalSlotClass.Compile)));

        _hasRoom = true;
        (await second).Dispose();
        (await third).Dispose();
        Assert.Equal(0, slots.InUse(LocalSlotClass.Compile));
    }

    [Fact]
    public async Task When_there_is_room_again_all_that_wait_and_fit_begin()
    {
        var slots = new LocalSlots(3, () => _hasRoom);
        _hasRoom = false;
        IDisposable first = await slots.AcquireAsync(LocalSlotClass.Compile);
        Task<IDisposable>[] others = [.. Enumerable.Range(0, 4).Select(_ => slots.AcquireAsync(LocalSlotClass.Compile).AsTask())];
        _hasRoom = true;
        first.Dispose();
        await Task.WhenAll(others.Take(3));
        Assert.Equal((3, false), (slots.InUse(LocalSlotClass.Compile), others[3].IsCompleted));
    }

    [Fact]
    public async Task A_slot_that_comes_free_is_told_when_nobody_waits_for_it()
    {
        int told = 0;
        var slots = new LocalSlots(1);
        slots.Freed += () => told++;
        IDisposable first = await slots.AcquireAsync(LocalSlotClass.Compile);
        Task<IDisposable> second = slots.AcquireAsync(LocalSlotClass.Compile).AsTask();
        first.Dispose();
        Assert.Equal(0, told);
        (await second).Dispose();
        Assert.Equal(1, told);
        using IDisposable? third = slots.TryAcquire(LocalSlotClass.Compile);
        Assert.NotNull(third);
        Assert.Null(slots.TryAcquire(LocalSlotClass.Compile));
    }
}
