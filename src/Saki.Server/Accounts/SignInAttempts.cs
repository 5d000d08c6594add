using System.Collections.Concurrent;
using System.Net;

namespace Saki.Server.Accounts;

/// <summary>
/// Counts wrong tokens and passwords: ten within a minute close the sign-in page for that address until the minute is over, and ten within a quarter of an hour close the account for
/// the quarter, wherever they come from.
/// </summary>
internal sealed class SignInAttempts(TimeProvider clock)
{
    private const int Allowed = 10, MostKeys = 10_000;
    private static readonly TimeSpan OfAddress = TimeSpan.FromMinutes(1), OfAccount = TimeSpan.FromMinutes(15);

    private readonly ConcurrentDictionary<string, Record> _records = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long this address has to wait; null when it may try.</summary>
    public TimeSpan? Exhausted(IPAddress? address) => Exhausted(Key(address), OfAddress);

    /// <summary>How long this account is closed; null when it is open. The same for names that nobody has.</summary>
    public TimeSpan? Exhausted(string account) => Exhausted(Key(account), OfAccount);

    /// <summary>Notes a wrong token.</summary>
    public void Count(IPAddress? address) => Count(Key(address), OfAddress);

    /// <summary>Notes a wrong password.</summary>
    /// <returns>True when it is the one that closes the account.</returns>
    public bool Count(string account) => Count(Key(account), OfAccount) == Allowed;

    /// <summary>Forgets the wrong passwords of somebody who then typed the right one.</summary>
    public void Forgive(string account) => _records.TryRemove(Key(account), out _);

    private TimeSpan? Exhausted(string key, TimeSpan window)
    {
        if (!_records.TryGetValue(key, out var record)) return null;
        var left = window - clock.GetElapsedTime(record.Start);
        return record.Wrong >= Allowed && left > TimeSpan.Zero ? left : null;
    }

    private int Count(string key, TimeSpan window)
    {
        if (_records.Count >= MostKeys) Thin();
        return _records.AddOrUpdate(key, _ => new Record(clock.GetTimestamp(), 1),
            (_, old) => clock.GetElapsedTime(old.Start) > window ? new Record(clock.GetTimestamp(), 1) : old with { Wrong = old.Wrong + 1 }).Wrong;
    }

    // What is over goes first, then what has not reached the limit: nobody opens a closed door by knocking at ten thousand others.
    private void Thin()
    {
        foreach (var (key, record) in _records)
            if (record.Wrong < Allowed || clock.GetElapsedTime(record.Start) > OfAccount) _records.TryRemove(key, out _);
        if (_records.Count >= MostKeys) _records.Clear();
    }

    private static string Key(string account) => $"account:{(account.Length <= 64 ? account : account[..64])}";

    // Somebody with an IPv6 line has 2^64 addresses, all in one /64.
    private static string Key(IPAddress? address) => address switch
    {
        null => "",
        { AddressFamily: System.Net.Sockets.AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } => Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)),
        _ => address.ToString(),
    };

    private sealed record Record(long Start, int Wrong);
}
