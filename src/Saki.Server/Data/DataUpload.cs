using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Saki.Datasets;
using Saki.Server.Http;
using Saki.Vision;

namespace Saki.Server.Data;

/// <summary>
/// The way in for data: an archive, csv or table in a request becomes a version of a data set (docs/decisions/0070). It is written beside the home's caches while it comes, read once, and
/// deleted; a request that breaks off leaves nothing. One import at a time.
/// </summary>
internal sealed class DataUpload : IDisposable
{
    private const string Operation = "Importing", NoName = "upload";
    private const int LongestField = 1000, LongestName = 100;

    private readonly SakiHome _home;
    private readonly TimeProvider _time;
    private readonly long _largest;
    private readonly SemaphoreSlim _alone = new(1);

    /// <param name="home">Receives the version.</param>
    /// <param name="time">For the version's date.</param>
    /// <param name="largest">Most bytes of one upload.</param>
    public DataUpload(SakiHome home, TimeProvider time, long largest)
    {
        (_home, _time, _largest) = (home, time, largest);
        if (!Directory.Exists(Place)) return;
        // What a kill left; what another server of this home receives now is younger.
        foreach (var old in Directory.GetDirectories(Place).Where(folder => time.GetUtcNow() - Directory.GetCreationTimeUtc(folder) > TimeSpan.FromDays(1))) Directory.Delete(old, recursive: true);
    }

    private string Place => Path.Combine(_home.Cache, "uploads");

    /// <summary>Takes the file of a page's form; the fields <c>name</c> and <c>split</c> come before it.</summary>
    /// <exception cref="SakiException">It cannot be read, or would make no data set; nothing is kept.</exception>
    public async Task<DatasetSummary> FormAsync(HttpContext context)
    {
        Unbound(context);
        if (!MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !HeaderUtilities.RemoveQuotes(type.Boundary).HasValue || type.Boundary.Length is 0 or > 70)
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, Operation, "the form of the page", "another content type", "Programs send the file itself: PUT /api/data/NAME");
        var reader = new MultipartReader(HeaderUtilities.RemoveQuotes(type.Boundary).Value!, context.Request.Body) { HeadersCountLimit = 16, HeadersLengthLimit = 8192 };
        var (name, split) = ("", "");
        try
        {
            while (await reader.ReadNextSectionAsync(context.RequestAborted) is { } part)
            {
                if (!ContentDispositionHeaderValue.TryParse(part.ContentDisposition, out var field)) continue;
                switch (HeaderUtilities.RemoveQuotes(field.Name).Value)
                {
                    case "name": name = (await TextAsync(part)).Trim(); break;
                    case "split": split = (await TextAsync(part)).Trim(); break;
                    case "file": return await ImportAsync(part.Body, HeaderUtilities.RemoveQuotes(field.FileNameStar.HasValue ? field.FileNameStar : field.FileName).Value, name, split, context.RequestAborted);
                }
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or (IOException and not BadHttpRequestException))
        {
            throw new RequestException(StatusCodes.Status400BadRequest, Operation, "a form with a file", "one that ends too early or is malformed", "Try again.");
        }
        throw new RequestException(StatusCodes.Status400BadRequest, Operation, "a file", "none", "Choose a zip with a folder for each class.");
    }

    /// <summary>Takes the body itself.</summary>
    /// <inheritdoc cref="FormAsync" path="/exception"/>
    public Task<DatasetSummary> BodyAsync(HttpContext context, string name, string split)
    {
        Unbound(context);
        var file = ContentDispositionHeaderValue.TryParse(context.Request.Headers.ContentDisposition.ToString(), out var told) ? HeaderUtilities.RemoveQuotes(told.FileName).Value : null;
        return ImportAsync(context.Request.Body, file, name, split, context.RequestAborted);
    }

    /// <inheritdoc/>
    public void Dispose() => _alone.Dispose();

    // Pictures have a limit of their own; archives are written away as they come.
    private void Unbound(HttpContext context)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = _largest;
    }

    private static async Task<string> TextAsync(MultipartSection part)
    {
        using var reader = new StreamReader(part.Body);
        var text = new char[LongestField + 1];
        var length = await reader.ReadBlockAsync(text);
        return length <= LongestField ? new string(text, 0, length) : throw new RequestException(StatusCodes.Status400BadRequest, Operation, $"fields of at most {LongestField} characters", "a longer one");
    }

    private async Task<DatasetSummary> ImportAsync(Stream body, string? sent, string name, string split, CancellationToken cancellation)
    {
        var wanted = split.Length == 0 ? null : StratifiedSplit.Parse(split);
        using var store = new DatasetStore(_home);
        store.CheckName(name); // before the first byte
        var folder = Directory.CreateDirectory(Path.Combine(Place, Guid.NewGuid().ToString("N"))).FullName;
        try
        {
            var file = FileName(sent);
            var path = Path.Combine(folder, file);
            await using (var to = File.Create(path)) await body.CopyToAsync(to, cancellation);
            if (new FileInfo(path).Length == 0) throw new RequestException(StatusCodes.Status400BadRequest, Operation, "a file", "an empty one", "Choose a zip with a folder for each class.");
            await _alone.WaitAsync(cancellation);
            try
            {
                var import = new DatasetImport(store, _time, ImageHeader.WhyUnreadable);
                return await Task.Run(() => import.Run(new Uploaded(DatasetFormat.Open(path), file), name, wanted, null, cancellation).Version.Summary, cancellation);
            }
            finally
            {
                _alone.Release();
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // Its last part, of signs that every file system takes: messages and the version's source name it.
    private static string FileName(string? sent)
    {
        var name = PlainText.Of((sent ?? "")[((sent ?? "").LastIndexOfAny(['/', '\\']) + 1)..], LongestName);
        name = string.Concat(name.Select(sign => char.IsLetterOrDigit(sign) || sign is '.' or '-' or '_' or ' ' or '(' or ')' ? sign : '_')).Trim('.', ' ');
        return name.Length == 0 ? NoName : name;
    }

    /// <summary>A reader whose source is what the sender called it.</summary>
    private sealed class Uploaded(IDatasetReader reader, string file) : IDatasetReader
    {
        public string Format => reader.Format;

        public string Source => file == NoName ? "uploaded" : $"{file}, uploaded";

        public IReadOnlyList<string> Classes => reader.Classes;

        public long? ExpectedCount => reader.ExpectedCount;

        public IEnumerable<SourceImage> Read() => reader.Read();
    }
}
