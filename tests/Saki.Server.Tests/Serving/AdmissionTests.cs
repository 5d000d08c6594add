using Saki.Server.Http;
using Saki.Server.Serving;

namespace Saki.Server.Tests.Serving;

public sealed class AdmissionTests
{
    [Fact]
    public void A_full_house_says_when_to_come_back_and_a_leaver_makes_room()
    {
        var house = new Admission(new ServerOptions { MaxRequests = 2 });
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
        var house = new Admission(new ServerOptions { MaxRequestBytes = 100, MaxBytesInFlight = 150 });
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
        var house = new Admission(new ServerOptions { MaxRequestBytes = 100 });
        Assert.Equal(413, Assert.Throws<RequestException>(() => house.Enter(101)).Status);
    }
}
