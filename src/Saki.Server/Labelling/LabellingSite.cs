using Microsoft.AspNetCore.Routing;
using Saki.Server.Feedback;
using Saki.Server.Registry;
using Saki.Server.Serving.Following;
using Saki.Server.Storage;

namespace Saki.Server.Labelling;

/// <summary>Everything about labelling of one server: queues, pictures, pages, and what Label Studio talks to.</summary>
internal sealed class LabellingSite : IAsyncDisposable
{
    private readonly LabelPictures _pictures;
    private readonly QueueMaker _maker;
    private readonly ServerOptions _options;

    /// <param name="home">Data sets and models.</param>
    /// <param name="options">The models that answer.</param>
    /// <param name="database">Holds queues and answers; the caller owns it.</param>
    /// <param name="feedback">Pictures that people agreed to have kept.</param>
    /// <param name="registry">Stages.</param>
    /// <param name="link">Finds the files of registered versions.</param>
    /// <param name="time">For all times kept.</param>
    public LabellingSite(SakiHome home, ServerOptions options, Database database, FeedbackStore feedback, RegistryReader registry, RegistryLink link, TimeProvider time)
    {
        _options = options;
        Reader = new LabelReader(database);
        Store = new LabelStore(database, Reader, time);
        _pictures = new LabelPictures(home, feedback);
        Apply = new LabelApply(home, Store, Reader, _pictures, feedback, time);
        _maker = new QueueMaker(home, Store, new QueueItems(feedback, Reader), new QueueModels(link, options, registry), _pictures);
        feedback.Erasure.Also(LabelStore.Erase);
    }

    public LabelReader Reader { get; }

    public LabelStore Store { get; }

    public LabelApply Apply { get; }

    /// <summary>Routes and pages.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        app.MapLabelApi(Store, Reader, _maker, Apply);
        app.MapLabelPages(Store, Reader, _maker, Apply, _pictures, _options);
        app.MapMlBackend(Store, Reader, _pictures, _options);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _maker.DisposeAsync();
        Apply.Dispose();
        _pictures.Dispose();
    }
}
