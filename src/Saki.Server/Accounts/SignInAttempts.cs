using System.Collections.Concurrent;
using System.Net;

namespace Saki.Server.Accounts;

/// <summary>Counts wrong tokens by address: ten within a minute close the sign-in page for that address until the minute is over.</summary>
internal sealed class SignInAttempts(TimeProvider clock)
{
    private const int Allowed = 10, MostAddresses = 10_000;
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Record> _records = new(StringComparer.Ordinal);

    /// <summary>How long this address has to wait; null when it may try.</summary>
    public TimeSpan? Exhausted(IPAddress? address)
    {
        if (!_records.TryGetValue(Key(address), out var record)) return null;
        var left = Window - clock.GetElapsedTime(record.Start);
        return record.Wrong >= Allowed && left > TimeSpan.Zero ? left : null;
    }

    /// <summary>Notes a wrong token.</summary>
    public void Count(IPAddress? address)
    {
        if (_records.Count >= MostAddresses) _records.Clear();
        _records.AddOrUpdate(Key(address), _ => new Record(clock.GetTimestamp(), 1),
            (_, old) => clock.GetElapsedTime(old.Start) > Window ? new Record(clock.GetTimestamp(), 1) : old with { Wrong = old.Wrong + 1 });
    }

    // Somebody with an IPv6 line has 2^64 addresses, all in one /64.
    private static string Key(IPAddress? address) => address switch
    {
        null => "",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };

    private sealed record Record(long Start, int Wrong);
}
