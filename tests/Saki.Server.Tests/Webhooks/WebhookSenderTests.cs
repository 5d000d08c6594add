using System.Net;
using Saki.Server.Http;
using Saki.Server.Webhooks;

namespace Saki.Server.Tests.Webhooks;

/// <summary>A receiver's name leads nowhere but to the open internet, or to a network that is allowed.</summary>
public sealed class WebhookSenderTests
{
    private static readonly IPNetwork[] Here = [IPNetwork.Parse("127.0.0.0/8")];

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("192.0.1.1", true)]
    [InlineData("172.32.0.1", true)]
    [InlineData("2606:4700:4700::1111", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.18.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("2001::1", false)]
    public void Addresses_of_the_open_internet_are_told_from_all_others(string address, bool open) => Assert.Equal(open, PublicAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("http://localhost:1/")]
    [InlineData("https://localhost:1/")]
    [InlineData("http://[::1]:1/")]
    [InlineData("http://[::ffff:127.0.0.1]:1/")]
    [InlineData("http://2130706433:1/")]
    [InlineData("http://0x7f.1:1/")]
    [InlineData("http://169.254.169.254/latest/meta-data")]
    public async Task This_machine_and_its_neighbours_are_not_called(string url)
    {
        using var sender = new WebhookSender([], TimeProvider.System);
        var outcome = await sender.SendAsync(url, null, "id", "{}", default);
        Assert.True(outcome is { Status: null, Final: true }, outcome.ToString());
        Assert.Contains("may not be called", outcome.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_that_was_judged_is_the_one_that_is_called_and_a_name_is_looked_up_once()
    {
        await using var receiver = await Receiver.StartAsync();
        var port = new Uri(receiver.Url).Port;
        var asked = 0;
        // Says something else at each question, as a name does that means harm.
        using var sender = new WebhookSender(Here, TimeProvider.System, (_, _) => Task.FromResult(++asked == 1 ? [IPAddress.Loopback] : new[] { IPAddress.Parse("169.254.169.254") }));
        Assert.Equal(200, (await sender.SendAsync($"http://rebinds.example:{port}/", null, "id", "{}", default)).Status);
        Assert.Equal(1, asked);
        Assert.Single(receiver.Calls);
    }

    [Fact]
    public async Task A_name_with_one_bad_address_among_good_ones_is_not_called()
    {
        await using var receiver = await Receiver.StartAsync();
        using var sender = new WebhookSender(Here, TimeProvider.System, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback, IPAddress.Parse("10.0.0.1")]));
        Assert.True((await sender.SendAsync($"http://mixed.example:{new Uri(receiver.Url).Port}/", null, "id", "{}", default)).Final);
        Assert.Empty(receiver.Calls);
    }

    [Fact]
    public async Task Redirects_are_not_followed_and_calls_without_a_secret_have_no_signature()
    {
        await using var receiver = await Receiver.StartAsync();
        receiver.Answers.Enqueue(302);
        receiver.Elsewhere = "http://169.254.169.254/";
        using var sender = new WebhookSender(Here, TimeProvider.System);
        var outcome = await sender.SendAsync(receiver.Url, null, "id", "{}", default);
        Assert.Equal((302, false, true), (outcome.Status, outcome.Delivered, outcome.Final));
        Assert.Null(Assert.Single(receiver.Calls).Signature);
    }
}
