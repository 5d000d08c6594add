using System.Net;
using System.Net.Sockets;

namespace Saki.Server.Tests;

public sealed class SakiServerTests
{
    [Fact]
    public async Task A_taken_port_is_said_with_the_setting_to_change()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        await using var server = SakiServer.Build(new ServerOptions { Port = port });

        var failure = await Assert.ThrowsAsync<SakiException>(() => server.StartAsync());

        Assert.Contains($"{port}", failure.Expected, StringComparison.Ordinal);
        Assert.Contains("--port", failure.Next, StringComparison.Ordinal);
        Assert.Equal(2, failure.ExitCode);
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.168.1.5")]
    [InlineData("example.org")]
    [InlineData("")]
    public void Without_accounts_only_this_machine_may_be_listened_to(string host)
    {
        var failure = Assert.Throws<SakiException>(() => SakiServer.Build(new ServerOptions { Host = host }));
        Assert.Matches("only this machine reaches|address in digits", failure.Expected);
        Assert.Contains("--host", failure.Next, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void A_port_that_does_not_exist_is_refused(int port) => Assert.Throws<SakiException>(() => SakiServer.Build(new ServerOptions { Port = port }));

    [Fact]
    public async Task The_address_holds_the_real_port()
    {
        await using var server = await RunningServer.StartAsync();
        Assert.NotEqual(0, server.Address.Port);
        Assert.True(server.Address.IsLoopback);
    }

    [Fact]
    public async Task Nothing_but_loopback_accepts_a_connection()
    {
        await using var server = await RunningServer.StartAsync();
        var outer = (await Dns.GetHostAddressesAsync(Dns.GetHostName())).FirstOrDefault(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a));
        if (outer is null) return; // a machine without a network has no other address to be reached at
        using var socket = new TcpClient();
        await Assert.ThrowsAsync<SocketException>(() => socket.ConnectAsync(outer, server.Address.Port));
    }

    [Fact]
    public async Task Waiting_ends_when_it_is_told_to()
    {
        await using var server = SakiServer.Build(new ServerOptions { Port = 0 });
        await server.StartAsync();
        using var end = new CancellationTokenSource();
        var waiting = server.WaitForShutdownAsync(end.Token);
        await end.CancelAsync();
        await waiting.WaitAsync(TimeSpan.FromMinutes(1));
    }
}
