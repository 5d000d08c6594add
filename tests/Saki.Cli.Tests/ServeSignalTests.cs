using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Saki.Server.Tests;

namespace Saki.Cli.Tests;

/// <summary>A real process and a real SIGTERM.</summary>
public sealed class ServeSignalTests
{
    private const int Length = 4_000_000;

    [Fact]
    public async Task Sigterm_drains_answers_what_is_in_flight_refuses_what_is_new_and_ends_with_0()
    {
        using var cli = new Cli();
        TestModel.Package(["a", "b", "c"], TestModel.RandomWeights(3, 1), cli.At("package"));
        var program = Path.Combine(AppContext.BaseDirectory, "Saki.Cli.dll");
        using var server = Process.Start(new ProcessStartInfo("dotnet", [program, "serve", cli.At("package"), "--port", "0", "--no-auth", "--drain", "3", "--home", cli.Home]) { RedirectStandardOutput = true })!;
        var address = await AddressAsync(server.StandardOutput);
        using var client = new HttpClient { BaseAddress = address };
        using var slow = new SlowRequest(address);
        await slow.BeginAsync();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client));

        using (var kill = Process.Start("kill", ["-TERM", server.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();
        while (await StatusAsync(client) == HttpStatusCode.OK) await Task.Delay(10);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await StatusAsync(client)); // not ready any more
        using (var face = new ByteArrayContent(TestModel.Face)) Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/predict_image", face)).StatusCode); // and still answering
        while (await StatusAsync(client) is not null) await Task.Delay(10);
        Assert.False(server.HasExited); // closed for new ones; the old one is waited for
        Assert.StartsWith("HTTP/1.1 200", await slow.EndAsync(), StringComparison.Ordinal);
        await server.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, server.ExitCode);
    }

    private static async Task<Uri> AddressAsync(StreamReader output)
    {
        const string before = "Listening on ";
        while (await output.ReadLineAsync() is { } line)
            if (line.StartsWith(before, StringComparison.Ordinal)) return new Uri(line[before.Length..]);
        throw new InvalidOperationException("The server ended before it listened.");
    }

    // Null: nobody listens.
    private static async Task<HttpStatusCode?> StatusAsync(HttpClient client)
    {
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/health/ready") { Headers = { ConnectionClose = true } };
            using var reply = await client.SendAsync(request);
            return reply.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>A picture in JSON with many blanks behind it, which trickle in for as long as the test wants the request to be in flight.</summary>
    private sealed class SlowRequest(Uri server) : IDisposable
    {
        private readonly TcpClient _connection = new();
        private readonly CancellationTokenSource _hurry = new();
        private Task _sending = Task.CompletedTask;

        public async Task BeginAsync()
        {
            await _connection.ConnectAsync(server.Host, server.Port);
            var json = $"{{\"image\":\"{Convert.ToBase64String(TestModel.Face)}\"}}";
            await SendAsync($"POST /predict_image HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: {Length}\r\n\r\n{json}");
            _sending = TrickleAsync(Length - json.Length);
        }

        public async Task<string> EndAsync()
        {
            await _hurry.CancelAsync();
            await _sending;
            using var reader = new StreamReader(_connection.GetStream());
            return await reader.ReadToEndAsync();
        }

        public void Dispose()
        {
            _connection.Dispose();
            _hurry.Dispose();
        }

        // 100 kB a second, well above what the server takes for a stalled body.
        private async Task TrickleAsync(int left)
        {
            for (; left > 5000 && !_hurry.IsCancellationRequested; left -= 5000)
            {
                await SendAsync(new string(' ', 5000));
                await Task.Delay(50, _hurry.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            await SendAsync(new string(' ', left));
        }

        private async Task SendAsync(string text) => await _connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(text));
    }
}
