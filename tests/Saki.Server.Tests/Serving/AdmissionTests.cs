using Saki.Server.Http;
using Saki.Server.Serving;

namespace Saki.Server.Tests.Serving;

public sealed class AdmissionTests
{
    [Fact]
    public void A_full_house_says_when_to_come_back_and_a_leaver_makes_room()
    {
        using var house = new Admission(new ServerOptions { Parallel = 1, Waiting = 1 });
        var first = house.Enter(10);
        using var second = house.Enter(10);
        var refusal = Assert.Throws<RequestException>(() => house.Enter(10));
        Assert.Equal(503, refusal.Status);
        Assert.Equal(1, refusal.RetryAfter);
        first.Dispose();
        house.Enter(10).Dispose();
    }

    [Fact]
    public void Bytes_in_memory_are_bounded_and_an_unknown_length_counts_as_the_largest()
    {
        using var house = new Admission(new ServerOptions { MaxRequestBytes = 100, MaxBytesInFlight = 150 });
        using (house.Enter(null))
        {
            Assert.Equal(503, Assert.Throws<RequestException>(() => house.Enter(60)).Status);
            house.Enter(50).Dispose();
        }
        house.Enter(100).Dispose();
    }

    [Fact]
    public void A_declared_length_above_the_limit_is_refused_before_anything_is_read()
    {
        using var house = new Admission(new ServerOptions { MaxRequestBytes = 100 });
        Assert.Equal(413, Assert.Throws<RequestException>(() => house.Enter(101)).Status);
    }

    [Fact]
    public async Task No_more_than_the_given_number_run_at_once()
    {
        using var house = new Admission(new ServerOptions { Parallel = 2 });
        int running = 0, most = 0;
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.TakeTurnAsync(() =>
        {
            var now = Interlocked.Increment(ref running);
            InterlockedMax(ref most, now);
            Thread.Sleep(2);
            return Interlocked.Decrement(ref running);
        }, default)));
        Assert.InRange(most, 1, 2);
    }

    [Fact]
    public async Task Work_that_fails_gives_its_turn_back()
    {
        using var house = new Admission(new ServerOptions { Parallel = 1 });
        await Assert.ThrowsAsync<SakiException>(() => house.TakeTurnAsync<int>(() => throw new SakiException("a", "b", "c"), default));
        Assert.Equal(7, await house.TakeTurnAsync(() => 7, default));
    }

    private static void InterlockedMax(ref int target, int value)
    {
        int seen;
        while ((seen = Volatile.Read(ref target)) < value && Interlocked.CompareExchange(ref target, value, seen) != seen) { }
    }
}
