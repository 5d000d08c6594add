using Saki.Server.Storage;
using Saki.Storage;

namespace Saki.Server.Feedback;

/// <summary>What is being erased, inside the transaction that does it.</summary>
/// <param name="Person">Whose data it is.</param>
/// <param name="Whole">True: everything about the person; false: only the pictures named.</param>
/// <param name="Pictures">Digests of the pictures that nobody else agreed to have kept.</param>
internal sealed record Erased(string Person, bool Whole, IReadOnlyList<string> Pictures);

/// <summary>
/// Removes what people no longer agree to. Rows go in one transaction, which also lists the files; the files go after it. A <c>kill -9</c> in between leaves the list,
/// and <see cref="FinishAsync"/>, run at every start, goes on with it.
/// </summary>
/// <param name="database">Holds the rows.</param>
/// <param name="pictures">Holds the files.</param>
/// <param name="list">The file that tells other processes which pictures were erased: <see cref="SakiHome.ErasedPictures"/>.</param>
/// <param name="time">For the time of the erasure.</param>
internal sealed class Erasure(Database database, PictureFolder pictures, string list, TimeProvider time)
{
    private const int AtOnce = 500;
    private readonly List<Action<WriteSession, Erased>> _others = [];
    private readonly List<Func<Task>> _after = [];

    /// <summary>Has <paramref name="remove"/> run inside each erasure's transaction, for parts that keep rows about a picture or a person of their own. To be called before the server answers.</summary>
    public void Also(Action<WriteSession, Erased> remove) => _others.Add(remove);

    /// <summary>Has <paramref name="finish"/> run after each erasure's transaction, for parts whose files cannot go inside it. To be called before the server answers.</summary>
    public void Then(Func<Task> finish) => _after.Add(finish);

    /// <summary>Erases everything kept about a person, the consent included.</summary>
    /// <returns>The number of kept answers that are gone.</returns>
    public async Task<int> EraseAsync(string person)
    {
        var gone = await database.WriteAsync(session =>
        {
            var answers = Remove(session, person, whole: true, "person = @person", new { person });
            session.Execute("DELETE FROM consents WHERE person = @person", new { person });
            return answers;
        });
        await FinishAsync();
        return gone;
    }

    /// <summary>Erases one kept answer of a person with its picture.</summary>
    /// <returns>False: there is none of that name and person.</returns>
    public async Task<bool> EraseAsync(string person, string id)
    {
        var gone = await database.WriteAsync(session => Remove(session, person, whole: false, "person = @person AND prediction = @id", new { person, id }));
        await FinishAsync();
        return gone > 0;
    }

    /// <summary>Erases the kept answers that are older than <paramref name="age"/>, whoever they are of.</summary>
    public async Task ExpireAsync(TimeSpan age)
    {
        var before = (time.GetUtcNow() - age).ToUnixTimeMilliseconds();
        await database.WriteAsync(session =>
        {
            foreach (var person in session.Query<string>("SELECT DISTINCT person FROM feedback_predictions WHERE time < @before", new { before }))
                Remove(session, person, whole: false, "person = @person AND time < @before", new { person, before });
        });
        await FinishAsync();
    }

    /// <summary>Removes the files that an erasure has listed.</summary>
    public async Task FinishAsync()
    {
        while (await database.WriteAsync(DeleteListed) > 0)
        {
        }
        foreach (var finish in _after) await finish();
    }

    /// <summary>Writes the list for those who make versions of data sets without this database.</summary>
    internal void WriteList(WriteSession session)
    {
        var erased = session.Query<string>("SELECT picture FROM erased_pictures ORDER BY picture");
        if (erased.Count > 0 || File.Exists(list)) DurableFile.Write(list, string.Concat(erased.Select(picture => $"{picture}\n")));
    }

    /// <summary>Removes the files that no row names: left by a <c>kill -9</c> between a picture and its row.</summary>
    public Task SweepAsync() => database.WriteAsync(session =>
    {
        var named = session.Query<string>("SELECT DISTINCT picture FROM feedback_predictions").ToHashSet(StringComparer.Ordinal);
        foreach (var digest in pictures.All())
            if (!named.Contains(digest.ToString())) pictures.Delete(digest);
    });

    private int Remove(WriteSession session, string person, bool whole, string which, object values)
    {
        var held = session.Query<string>($"SELECT DISTINCT picture FROM feedback_predictions WHERE {which}", values);
        var answers = session.Execute($"DELETE FROM feedback_predictions WHERE {which}", values);
        var (free, now) = (new List<string>(), time.GetUtcNow().ToUnixTimeMilliseconds());
        foreach (var picture in held)
        {
            // Somebody else may have given the same picture, a sample say.
            if (session.Scalar<long>("SELECT count(*) FROM feedback_predictions WHERE picture = @picture", new { picture }) > 0) continue;
            session.Execute("INSERT INTO erased_pictures (picture, time, waits) VALUES (@picture, @now, 1) ON CONFLICT (picture) DO UPDATE SET time = excluded.time, waits = 1", new { picture, now });
            free.Add(picture);
        }
        var erased = new Erased(person, whole, free);
        foreach (var remove in _others) remove(session, erased);
        return answers;
    }

    // On the writer's thread, as everything that adds files: nobody keeps the same picture anew meanwhile.
    private int DeleteListed(WriteSession session)
    {
        var listed = session.Query<string>("SELECT picture FROM erased_pictures WHERE waits = 1 LIMIT @AtOnce", new { AtOnce });
        // First of all: what is on its way out is no longer taken in.
        if (listed.Count > 0) WriteList(session);
        foreach (var picture in listed)
        {
            if (Digest.TryParse(picture, out var digest)) pictures.Delete(digest);
            session.Execute("UPDATE erased_pictures SET waits = 0 WHERE picture = @picture", new { picture });
        }
        return listed.Count;
    }
}
