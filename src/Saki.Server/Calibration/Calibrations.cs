using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Saki.Calibration;
using Saki.Datasets;
using Saki.Gates;
using Saki.Inference.Calibration;
using Saki.Inference.Serving;
using Saki.Jobs;
using Saki.Pipelines;
using Saki.Server.Accounts;
using Saki.Server.Http;
using Saki.Server.Jobs;
using Saki.Server.Registry;

namespace Saki.Server.Calibration;

/// <summary>What a person, or a program for them, does with calibrations: take pictures, begin, go back, erase. Files and rows of a person are changed one request at a time.</summary>
internal sealed class Calibrations(SakiHome home, CalibrationStore store, CalibrationRunner runner, JobDoor door, JobStore jobs, ModelRepository models, PolicyFolder<GatePolicy> policies) : IDisposable
{
    /// <summary>Pictures of a class that the guided capture takes.</summary>
    public const int Wanted = 8;

    private const string Itself = "calibration", PolicyFile = "calibration.yaml";
    private const int MostPersons = 200, MostToldOf = 5;

    private static readonly (int AtOnce, int ADay) Limits = (20, 10);
    private readonly DraftLooks _looks = new();
    private readonly ConcurrentDictionary<string, Package> _known = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The model that would be calibrated.</summary>
    /// <exception cref="SakiException">There is none, or it cannot be calibrated.</exception>
    public CalibratedModel Model(string? name = null) => CalibratedModel.Find(models, policies, home, name, _known);

    /// <summary>Calibrations of a person, or of everybody (null), the newest first.</summary>
    public IReadOnlyList<CalibrationView> List(string? person)
    {
        var rows = store.Of(person);
        return [.. rows.Select(row => View(row, rows))];
    }

    /// <summary>One calibration with its progress.</summary>
    /// <exception cref="RequestException">There is none.</exception>
    public CalibrationView Get(string id) => store.Find(id) is { } row ? View(row, store.Of(row.Person)) : throw new RequestException(404, "Finding the calibration", "one that exists", "another one", "saki calibrations list shows them.");

    /// <summary>The files of a calibration.</summary>
    public CalibrationFolder Folder(string id) => new(home, id);

    /// <summary>The draft of a person, if there is one.</summary>
    public CalibrationRow? DraftOf(string person) => store.Of(person).FirstOrDefault(row => row.State == CalibrationState.Draft);

    /// <summary>Begins a draft for the model that answers now; one that was begun goes on.</summary>
    public Task<CalibrationRow> BeginAsync(string person, string? model) => TurnAsync(async () =>
    {
        var served = Model(model);
        if (store.Of(person).FirstOrDefault(row => row.State == CalibrationState.Draft) is { } draft)
        {
            if (draft.Model == served.Name) return draft;
            await store.MarkAsync(person, draft.Id);
            await runner.TickAsync();
        }
        if (store.Of(null).Where(row => row.State is CalibrationState.Accepted).DistinctBy(row => row.Person).Count() >= MostPersons)
            throw new RequestException(503, "Calibrating", $"at most {MostPersons} people with a version of their own on this server", "more", "Ask who runs it to remove old ones: saki calibrations remove.");
        return await store.BeginAsync(person, served.Name);
    });

    /// <summary>Looks at a frame and keeps it when it is one that helps: one face, and not like another of its class.</summary>
    /// <returns>How many the class has, and why this one was not kept (null when it was).</returns>
    public Task<(int Count, string? Why)> AddAsync(CalibrationRow draft, string label, byte[] frame) => TurnAsync(() =>
    {
        var model = Model(draft.Model);
        CheckLabel(model, label);
        var folder = Folder(draft.Id);
        var why = _looks.Look(draft.Id, label, folder, model.Package.Pipeline, frame);
        (int, string?) told = why is null ? (folder.Add(label, frame), null) : (folder.Of(label).Count, why);
        return Task.FromResult(told);
    });

    /// <summary>Takes the pictures of a zip into the draft, in place of those that are there.</summary>
    /// <exception cref="SakiException">The zip cannot be used; the draft is as before.</exception>
    private Task<PersonalPictures> AddZipAsync(CalibrationRow draft, string zip) => TurnAsync(async () =>
    {
        var model = Model(draft.Model);
        var found = PersonalPictures.Read(zip, model.Labels, CalibrationProof.Refuse);
        var most = found.Pictures.GroupBy(picture => picture.Label).MaxBy(group => group.Count())!;
        if (most.Count() > CalibrationFolder.MostOfClass)
            throw new SakiException("Reading the zip", $"at most {CalibrationFolder.MostOfClass} pictures of a class", $"{most.Count()} of {model.Labels[most.Key]}", "Twenty of each class are plenty.");
        var folder = Folder(draft.Id);
        foreach (var label in model.Labels) folder.Remove(label, null);
        _looks.Forget(draft.Id);
        foreach (var picture in found.Pictures) folder.Add(model.Labels[picture.Label], picture.Bytes);
        await store.NoteAsync(draft.Id, Told(found));
        return found;
    });

    /// <summary>All in one: a person's zip, from its reading to the job.</summary>
    /// <exception cref="SakiException">The zip, the model or the server's limits say no; nothing is kept then.</exception>
    public async Task<CalibrationView> StartAsync(string person, string? model, IFormFile zip, CancellationToken cancellation)
    {
        var draft = await store.BeginAsync(person, Model(model).Name);
        try
        {
            var found = await UploadAsync(draft, zip, cancellation);
            var view = await SubmitAsync(draft, cancellation);
            return view with { Success = true, LeftOut = found.LeftOut, Missing = found.Missing };
        }
        catch
        {
            await EraseAsync(person, draft.Id);
            throw;
        }
    }

    /// <summary>Takes the pictures of a zip that was sent into the draft.</summary>
    /// <inheritdoc cref="AddZipAsync" path="/exception"/>
    public async Task<PersonalPictures> UploadAsync(CalibrationRow draft, IFormFile zip, CancellationToken cancellation)
    {
        var file = Path.Combine(Folder(draft.Id).Root, "pictures.zip");
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        try
        {
            await using (var to = File.Create(file)) await zip.CopyToAsync(to, cancellation);
            return await AddZipAsync(draft, file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Removes pictures of a draft: of one class, or one of them.</summary>
    public Task RemoveAsync(CalibrationRow draft, string label, int? number) => TurnAsync(() =>
    {
        CheckLabel(Model(draft.Model), label);
        Folder(draft.Id).Remove(label, number);
        _looks.Forget(draft.Id);
        return Task.FromResult(true);
    });

    /// <summary>Begins the job of a draft.</summary>
    /// <returns>The calibration as it stands now.</returns>
    /// <exception cref="SakiException">Too few pictures; too many calibrations; the model cannot be calibrated.</exception>
    public async Task<CalibrationView> SubmitAsync(CalibrationRow draft, CancellationToken cancellation)
    {
        var model = Model(draft.Model);
        var folder = Folder(draft.Id);
        var counts = model.Labels.Select(label => folder.Of(label).Count).ToList();
        if (counts.Count(count => count > 0) < PersonalPictures.FewestClasses || counts.Sum() < model.LeastPictures)
            throw new SakiException("Calibrating", $"at least {model.LeastPictures} pictures of at least {PersonalPictures.FewestClasses} classes", $"{counts.Sum()} of {counts.Count(count => count > 0)}", "Take more pictures.");
        var arguments = new Dictionary<string, JobValue>
        {
            ["pictures"] = new([folder.Pictures]),
            ["model"] = new([model.Package.Folder]),
            ["out"] = new([folder.Root]),
            ["policy"] = new([$"../{PolicyFile}"]),
        };
        if (model.Test is { } test) arguments["test"] = new([test]);
        var job = await door.AdmitAsync(new JobAsk { Kind = "calibrate", Title = $"{model.Name}: one person's version", Arguments = arguments }, new Caller(Itself, Scope.Admin), Itself, cancellation);
        job = job with { Plan = job.Plan with { Files = new Dictionary<string, string> { [PolicyFile] = model.Policy.ToYaml() } } };
        await store.SubmitAsync(draft.Id, model.Version, job, Limits);
        _looks.Forget(draft.Id);
        return Get(draft.Id);
    }

    /// <summary>Ends the job of a person's calibration.</summary>
    public async Task CancelAsync(string person)
    {
        foreach (var row in store.Of(person).Where(row => row is { State: CalibrationState.Running, Job: not null }))
            if (!jobs.Get(row.Job!.Value).Over) await jobs.CancelAsync(row.Job.Value, Itself);
        await runner.TickAsync();
    }

    /// <summary>Takes back the version that answers a person; their older one answers again, or the one for all.</summary>
    /// <exception cref="RequestException">None of their own answers them.</exception>
    public async Task<CalibrationView> BackAsync(string person)
    {
        var row = store.Of(person).FirstOrDefault(row => row.State == CalibrationState.Accepted)
            ?? throw new RequestException(409, "Going back", "a version of your own that answers you", "none", "The version for all answers already.");
        await store.MoveAsync(row.Id, CalibrationState.Accepted, CalibrationState.Back);
        await runner.TickAsync();
        return Get(row.Id);
    }

    /// <summary>Erases all calibrations of a person, or one: pictures, package, routing.</summary>
    /// <returns>What is gone, or goes as soon as its job has ended.</returns>
    public async Task<IReadOnlyList<CalibrationView>> EraseAsync(string person, string? id = null)
    {
        var gone = List(person).Where(view => id is null || view.Id == id).ToList();
        await store.MarkAsync(person, id);
        await runner.TickAsync();
        return gone;
    }

    /// <summary>In a sentence, what was left out of a zip and what is missing.</summary>
    public static string Told(PersonalPictures found)
    {
        var parts = new List<string>();
        if (found.Missing.Count > 0) parts.Add($"No pictures of {string.Join(", ", found.Missing)}: these classes are rehearsed only.");
        if (found.LeftOut.Count > 0)
        {
            parts.Add($"{found.LeftOut.Count} {(found.LeftOut.Count == 1 ? "file was" : "files were")} left out: {string.Join("; ", found.LeftOut.Take(MostToldOf).Select(Named))}{(found.LeftOut.Count > MostToldOf ? "; …" : ".")}");
        }
        return string.Join(' ', parts);
    }

    private static string Named(LeftOut file) => $"{file.Path} ({file.Reason.TrimEnd('.')})";

    /// <inheritdoc/>
    public void Dispose()
    {
        _looks.Dispose();
        _turn.Dispose();
    }

    private CalibrationView View(CalibrationRow row, IReadOnlyList<CalibrationRow> all)
    {
        var active = all.Where(other => other.Person == row.Person && other.Model == row.Model).FirstOrDefault(other => other.State == CalibrationState.Accepted);
        var view = row.View(active?.Id == row.Id && models.Routes.Of(row.Model).Users.GetValueOrDefault(Feedback.Person.KeyOf(row.Person)) == row.Version);
        if (row is not { State: CalibrationState.Running, Job: { } number }) return view;
        var job = jobs.Get(number);
        return view with { Progress = job.Progress, Text = job.State == JobState.Queued ? "waits for its turn" : job.ProgressText };
    }

    private static void CheckLabel(CalibratedModel model, string label)
    {
        if (!model.Labels.Contains(label)) throw new RequestException(422, "Keeping a picture", $"one of the classes {string.Join(", ", model.Labels)}", $"\"{PlainText.Of(label, 60)}\"");
    }

    private async Task<T> TurnAsync<T>(Func<Task<T>> work)
    {
        await _turn.WaitAsync();
        try
        {
            return await work();
        }
        finally
        {
            _turn.Release();
        }
    }
}
