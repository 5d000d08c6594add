using Dapper;
using Saki.Pipelines;
using Saki.Server.Feedback;
using Saki.Server.Storage;
using Saki.Server.Tests.Accounts;
using Saki.Storage;
using Saki.Testing;

namespace Saki.Server.Tests.Feedback;

public sealed class FeedbackStoreTests : IDisposable
{
    private const string Ann = "browser:ann", Ben = "browser:ben";

    private readonly TemporaryFolder _folder = new();
    private readonly SettableClock _clock = new();
    private readonly Database _database;
    private readonly FeedbackStore _store;

    public FeedbackStoreTests()
    {
        _database = Database.Open(_folder.At("t.db"), _clock);
        _store = new FeedbackStore(_database, Pictures, _clock);
    }

    private string Pictures => _folder.At("feedback");

    private IEnumerable<string> Files => Directory.Exists(Pictures) ? Directory.EnumerateFiles(Pictures, "*", SearchOption.AllDirectories) : [];

    public void Dispose()
    {
        _database.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nothing_is_kept_without_a_consent_that_holds()
    {
        await Assert.ThrowsAsync<SakiException>(() => KeepAsync(Ann, "a"));
        await _store.AgreeAsync(Ann, ConsentExtent.Commented);
        await KeepAsync(Ann, "a");
        await _store.RevokeAsync(Ann);
        var refusal = await Assert.ThrowsAsync<SakiException>(() => KeepAsync(Ann, "b"));
        Assert.Contains("nothing was kept", refusal.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SakiException>(() => KeepAsync(Ben, "c"));
        Assert.Equal(["a"], _store.Search(new FeedbackSearch()).Select(kept => kept.Id));
        Assert.Single(Files);
    }

    [Fact]
    public async Task A_consent_to_words_that_have_changed_since_does_not_hold()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        Assert.Equal(ConsentExtent.All, _store.ConsentOf(Ann)!.Extent);
        await _database.WriteAsync(session => session.Execute("UPDATE consents SET statement = 0"));
        Assert.Null(_store.ConsentOf(Ann));
        await Assert.ThrowsAsync<SakiException>(() => KeepAsync(Ann, "a"));
    }

    [Fact]
    public async Task What_is_kept_reads_back_as_it_was_with_its_newest_word_and_all_earlier_ones()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.Commented);
        await KeepAsync(Ann, "a");
        await _store.LabelAsync("a", Ann, Verdict.Wrong, "sad");
        _clock.Now += TimeSpan.FromMinutes(1);
        await _store.LabelAsync("a", Ann, Verdict.Right, "happy");

        var kept = _store.Find("a")!;
        Assert.Equal((Verdict.Right, "happy", "happy", 0.75, "7"), (kept.Verdict, kept.Label, kept.Class, kept.Probability, kept.Version));
        Assert.Equal([new ClassProbability("happy", 0.75f), new ClassProbability("sad", 0.25f)], kept.Top);
        Assert.Equal([(Verdict.Wrong, "sad"), (Verdict.Right, "happy")], _store.History("a").Select(word => (word.Verdict, word.Label)));
        Assert.Equal(Bytes("a"), _store.ReadPicture(kept.Picture));
    }

    [Fact]
    public async Task Nobody_comments_on_the_picture_of_another_person()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.Commented);
        await _store.AgreeAsync(Ben, ConsentExtent.Commented);
        await KeepAsync(Ann, "a");
        await Assert.ThrowsAsync<SakiException>(() => _store.LabelAsync("a", Ben, Verdict.Wrong, "sad"));
        Assert.False(await _store.Erasure.EraseAsync(Ben, "a"));
        Assert.Equal(Verdict.Open, _store.Find("a")!.Verdict);
    }

    [Fact]
    public async Task Search_goes_on_page_by_page_without_gaps_also_where_times_are_equal()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        for (var i = 0; i < 7; i++) await KeepAsync(Ann, $"p{i}", i < 3 ? "other" : "m");
        List<string> seen = [];
        for ((long, string)? after = null; ;)
        {
            var page = _store.Search(new FeedbackSearch { Model = "m", After = after, Most = 3 });
            if (page.Count == 0) break;
            seen.AddRange(page.Select(kept => kept.Id));
            after = (page[^1].Time, page[^1].Id);
        }
        Assert.Equal(["p6", "p5", "p4", "p3"], seen);
        await _store.LabelAsync("p1", Ann, Verdict.Other, "");
        Assert.Equal(["p1"], _store.Search(new FeedbackSearch { Commented = true }).Select(kept => kept.Id));
        Assert.Equal(6, _store.Search(new FeedbackSearch { Commented = false }).Count);
    }

    [Fact]
    public async Task Erasing_a_person_leaves_no_row_and_no_file_of_theirs_and_all_of_others()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        await _store.AgreeAsync(Ben, ConsentExtent.All);
        await KeepAsync(Ann, "a");
        await KeepAsync(Ann, "shared", bytes: Bytes("same"));
        await KeepAsync(Ben, "b");
        await KeepAsync(Ben, "shared too", bytes: Bytes("same"));
        await _store.LabelAsync("a", Ann, Verdict.Right, "happy");
        Erased? told = null;
        _store.Erasure.Also((_, erased) => told = erased);

        Assert.Equal(2, await _store.Erasure.EraseAsync(Ann));

        Assert.Null(_store.ConsentOf(Ann));
        Assert.Null(_store.ReadPicture(Digest.Of(Bytes("a")).ToString()));
        Assert.Equal(["b", "shared too"], _store.Search(new FeedbackSearch()).Select(kept => kept.Id).Order());
        Assert.NotNull(_store.ReadPicture(Digest.Of(Bytes("same")).ToString()));
        Assert.Equal(2, Files.Count());
        Assert.Equal((Ann, true, 1), (told!.Person, told.Whole, told.Pictures.Count));
        Assert.Equal(0, _database.Read(connection => connection.ExecuteScalar<long>("SELECT (SELECT count(*) FROM consents WHERE person = @Ann) + (SELECT count(*) FROM feedback_labels WHERE person = @Ann)", new { Ann })));
        Assert.Equal([Digest.Of(Bytes("a")).ToString()], _store.Erased([Digest.Of(Bytes("a")).ToString(), Digest.Of(Bytes("same")).ToString()]));
    }

    [Fact]
    public async Task Erasing_goes_on_at_the_next_start_when_it_was_killed_before_the_files_were_gone()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        await KeepAsync(Ann, "a");
        // The state that a kill -9 leaves after the transaction and before the first removal.
        await _database.WriteAsync(session =>
        {
            session.Execute("DELETE FROM feedback_predictions");
            session.Execute("INSERT INTO erased_pictures (picture, time, waits) VALUES (@picture, 0, 1)", new { picture = Digest.Of(Bytes("a")).ToString() });
        });
        Assert.Single(Files);
        await new FeedbackStore(_database, Pictures, _clock).Erasure.FinishAsync();
        Assert.Empty(Files);
    }

    [Fact]
    public async Task A_picture_whose_row_never_came_is_swept_and_the_others_stay()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        await KeepAsync(Ann, "a");
        new PictureFolder(Pictures).Write(Bytes("killed before its row"));
        await _store.Erasure.SweepAsync();
        Assert.Equal(Bytes("a"), _store.ReadPicture(Digest.Of(Bytes("a")).ToString()));
        Assert.Single(Files);
    }

    [Fact]
    public async Task A_picture_given_anew_after_it_was_erased_is_no_longer_left_out()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        await KeepAsync(Ann, "a");
        await _store.Erasure.EraseAsync(Ann, "a");
        Assert.Single(_store.Erased([Digest.Of(Bytes("a")).ToString()]));
        await KeepAsync(Ann, "a");
        Assert.Empty(_store.Erased([Digest.Of(Bytes("a")).ToString()]));
        Assert.Single(Files);
    }

    [Fact]
    public async Task What_is_too_old_is_erased_for_everyone()
    {
        await _store.AgreeAsync(Ann, ConsentExtent.All);
        await KeepAsync(Ann, "old");
        _clock.Now += TimeSpan.FromDays(100);
        await KeepAsync(Ann, "new");
        await _store.Erasure.ExpireAsync(TimeSpan.FromDays(90));
        Assert.Equal(["new"], _store.Search(new FeedbackSearch()).Select(kept => kept.Id));
        Assert.Single(Files);
        Assert.NotNull(_store.ConsentOf(Ann));
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private Task KeepAsync(string person, string id, string model = "m", byte[]? bytes = null)
    {
        bytes ??= Bytes(id);
        return _store.KeepAsync(new StoredPrediction
        {
            Id = id,
            Person = person,
            Time = _clock.GetUtcNow().ToUnixTimeMilliseconds(),
            Picture = Digest.Of(bytes).ToString(),
            MediaType = "image/png",
            Width = 64,
            Height = 48,
            Bytes = bytes.Length,
            Source = "upload",
            Model = model,
            Version = "7",
            Pipeline = "p",
            Class = "happy",
            Probability = 0.75,
            Top = [new ClassProbability("happy", 0.75f), new ClassProbability("sad", 0.25f)],
        }, bytes);
    }
}
