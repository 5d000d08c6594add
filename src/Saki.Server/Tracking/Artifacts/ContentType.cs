namespace Saki.Server.Tracking.Artifacts;

/// <summary>The type that a file's name tells, as Python's <c>mimetypes</c> guesses it; text for the files of MLflow's model folders.</summary>
internal static class ContentType
{
    private static readonly Dictionary<string, string> ByExtension = new(StringComparer.OrdinalIgnoreCase)
    {
        [".txt"] = "text/plain",
        [".log"] = "text/plain",
        [".md"] = "text/plain",
        [".py"] = "text/plain",
        [".yaml"] = "text/plain",
        [".yml"] = "text/plain",
        [".cfg"] = "text/plain",
        [".json"] = "application/json",
        [".csv"] = "text/csv",
        [".tsv"] = "text/tab-separated-values",
        [".html"] = "text/html",
        [".htm"] = "text/html",
        [".xml"] = "application/xml",
        [".svg"] = "image/svg+xml",
        [".png"] = "image/png",
        [".jpg"] = "image/jpeg",
        [".jpeg"] = "image/jpeg",
        [".gif"] = "image/gif",
        [".webp"] = "image/webp",
        [".bmp"] = "image/bmp",
        [".tif"] = "image/tiff",
        [".tiff"] = "image/tiff",
        [".pdf"] = "application/pdf",
        [".zip"] = "application/zip",
        [".tar"] = "application/x-tar",
        [".gz"] = "application/gzip",
        [".mp4"] = "video/mp4",
        [".wav"] = "audio/x-wav",
    };

    public static string Of(string name) => name is "MLmodel" or "MLproject" ? "text/plain" : ByExtension.GetValueOrDefault(Path.GetExtension(name), "application/octet-stream");
}
