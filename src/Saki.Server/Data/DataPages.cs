using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Saki.Datasets;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Labelling;
using Saki.Server.Layout;
using Saki.Storage;

namespace Saki.Server.Data;

/// <summary><c>/data</c> and <c>/api/data</c>: the data sets of the home folder, what is in them, and the way in.</summary>
internal sealed class DataPages : IDisposable
{
    private const int OnSheet = 60;

    private readonly SakiHome _home;
    private readonly DataUpload _upload;
    private readonly ObjectStore _objects;

    /// <param name="home">Whose data sets.</param>
    /// <param name="options">The largest upload.</param>
    /// <param name="time">For new versions.</param>
    public DataPages(SakiHome home, ServerOptions options, TimeProvider time) =>
        (_home, _upload, _objects) = (home, new DataUpload(home, time, options.MaxArtifactBytes), new ObjectStore(home.Objects));

    public void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/data", (HttpContext context) => new Html<DataListPage>(List(context))).Demand(Scope.View);
        app.MapPost("/data", (Delegate)ImportAsync).Demand(Scope.Manage);
        app.MapGet("/data/{name}", (HttpContext context, string name) => Show(context, name)).Demand(Scope.View);
        app.MapGet("/data/pictures/{digest}", (HttpContext context, string digest) => Picture(context, digest)).Demand(Scope.View);
        app.MapGet("/api/data", () => Results.Json(All(store => store.List().Select(DatasetView.Of).ToList()), DatasetJson.Default.IReadOnlyListDatasetView)).Demand(Scope.View);
        app.MapGet("/api/data/{name}", (string name) => Results.Json(One(name), DatasetJson.Default.DatasetView)).Demand(Scope.View);
        app.MapPut("/api/data/{name}", (HttpContext context, string name) => PutAsync(context, name)).Demand(Scope.Manage);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _upload.Dispose();
        _objects.Dispose();
    }

    private DataListView List(HttpContext context) => new()
    {
        Sets = All(store => store.List().GroupBy(version => version.Name).Select(set => (set.First(), set.Count())).ToList()),
        MayImport = context.Caller()!.May(Scope.Manage),
    };

    private async Task<IResult> ImportAsync(HttpContext context)
    {
        try
        {
            return new SeeOther($"/data/{(await _upload.FormAsync(context)).Name}");
        }
        catch (SakiException refused)
        {
            return new Html<DataListPage>(List(context) with { Error = refused.Message }, ErrorReplies.StatusOf(refused));
        }
    }

    private async Task<IResult> PutAsync(HttpContext context, string name)
    {
        var version = await _upload.BodyAsync(context, name, context.Request.Query["split"].ToString());
        context.Response.Headers.Location = $"/api/data/{version.Name}";
        return Results.Json(DatasetView.Of(version), DatasetJson.Default.DatasetView, statusCode: StatusCodes.Status201Created);
    }

    private DatasetView One(string reference) => All(store =>
    {
        var version = Loaded(store, reference);
        return DatasetView.Of(version.Summary) with { LeftOutFiles = version.LeftOut };
    });

    private Html<DataSetPage> Show(HttpContext context, string name) => new(All(store => View(store, name, context.Request.Query)));

    private static DataSetView View(DatasetStore store, string name, IQueryCollection query)
    {
        var version = Loaded(store, query["version"].ToString() is { Length: > 0 } digest ? $"{name}@{digest}" : name);
        Split? split = SplitNames.TryParse(query["split"].ToString(), out var known) ? known : null;
        int? label = version.Classes.ToList().IndexOf(query["class"].ToString()) is >= 0 and var found ? found : null;
        var chosen = version.Samples.Where(sample => (split is null || sample.Split == split) && (label is null || sample.Label == label)).ToList();
        var sheets = Math.Max(1, (chosen.Count + OnSheet - 1) / OnSheet);
        var sheet = int.TryParse(query["sheet"], NumberStyles.None, CultureInfo.InvariantCulture, out var asked) ? Math.Clamp(asked, 1, sheets) : 1;
        var view = new DataSetView
        {
            Version = version.Summary,
            Versions = store.Versions(name),
            Split = split,
            Label = label,
            Sheet = sheet,
            Sheets = sheets,
            Samples = [.. chosen.Skip((sheet - 1) * OnSheet).Take(OnSheet)],
            Count = chosen.Count,
            LeftOut = version.LeftOut,
        };
        return query["diff"] == "yes" && view.Before is { } before ? view with { Diff = DatasetDiff.Of(store.Load(new DatasetReference(name, before.Digest.ToString(), null)), version) } : view;
    }

    private static DatasetVersion Loaded(DatasetStore store, string reference)
    {
        try
        {
            return store.Load(reference);
        }
        catch (SakiException none)
        {
            throw new RequestException(StatusCodes.Status404NotFound, none.Operation, none.Expected, none.Got, none.Next);
        }
    }

    private IResult Picture(HttpContext context, string text)
    {
        if (!Digest.TryParse(text, out var digest)) return Results.NotFound();
        if (!_objects.Contains(digest)) _objects.Refresh(); // an import has added packs since
        if (!_objects.Contains(digest)) return Results.NotFound();
        var (bytes, type) = LabelPictures.ForBrowser(_objects.Read(digest));
        context.Response.Headers.ContentSecurityPolicy = "default-src 'none'; sandbox";
        context.Response.Headers.CacheControl = "private, max-age=600"; // it never changes, but may be erased
        return Results.Bytes(bytes, type);
    }

    private T All<T>(Func<DatasetStore, T> work)
    {
        using var store = new DatasetStore(_home);
        return work(store);
    }
}
