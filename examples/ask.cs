// Asks a running Saki about pictures and prints a line for each.
//   saki up --public &                     (or set SAKI_TOKEN)
//   dotnet run examples/ask.cs -- photo.jpg another.png
#:property PublishAot=false
using System.Net.Http.Headers;
using System.Text.Json;

using var saki = new HttpClient { BaseAddress = new Uri(Environment.GetEnvironmentVariable("SAKI_URL") ?? "http://127.0.0.1:5252") };
if (Environment.GetEnvironmentVariable("SAKI_TOKEN") is { } token) saki.DefaultRequestHeaders.Authorization = new("Bearer", token);
foreach (var file in args)
{
    using var picture = new ByteArrayContent(await File.ReadAllBytesAsync(file));
    picture.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    using var reply = await saki.PostAsync(new Uri("/predict_image?top=3", UriKind.Relative), picture);
    var answer = JsonDocument.Parse(await reply.Content.ReadAsStringAsync()).RootElement;
    Console.WriteLine(reply.IsSuccessStatusCode
        ? $"{file}: {answer.GetProperty("class").GetString()} {answer.GetProperty("probability").GetDouble():P1}"
        : $"{file}: {answer.GetProperty("error").GetProperty("message").GetString()}");
}
