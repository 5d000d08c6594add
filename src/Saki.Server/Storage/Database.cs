using System.Data.Common;

namespace Saki.Server.Storage;

/// <summary>
/// The database of the server. Reads run on the caller's thread, each on a snapshot of its own. Writes go to one thread, which does what waits in one
/// transaction and one fsync (group commit); a write is on disk when its task completes, and its failure undoes nothing but itself.
/// </summary>
internal sealed class Database : IDisposable
{
    private const int MostInOneCommit = 1024;
    private readonly DatabaseEngine _engine;
    private readonly WriteSession _session;
    private readonly Thread _writer;
    private readonly Lock _closing = new();
    private readonly object _gate = new();
    private Queue<Write> _waiting = new();
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;

    private Database(DatabaseEngine engine, WriteSession session)
    {
        (_engine, _session) = (engine, session);
        _writer = new Thread(WriteLoop) { IsBackground = true, Name = "saki database writer" };
        _writer.Start();
    }

    public Dialect Dialect => _engine.Dialect;

    /// <summary>
    /// Done when news (<see cref="WriteSession.Tell"/>) was committed by this process. Take it before looking, so that nothing slips between look and wait;
    /// what another process writes into the same database is not told of.
    /// </summary>
    public Task NextNews => Volatile.Read(ref _news).Task;

    /// <summary>The writer's session, to hang work on its events before the first write.</summary>
    public WriteSession Session => _session;

    /// <summary>Opens a database, made and brought up to date as needed.</summary>
    /// <param name="location">The path of an SQLite file, or <c>postgres://user:password@host/name</c>.</param>
    /// <param name="time">For the record of migrations.</param>
    /// <param name="shared">As <see cref="DatabaseEngine.Shared"/>.</param>
    /// <exception cref="SakiException">It is no database, cannot be reached or written, is written by another process, or is of a newer Saki.</exception>
    public static Database Open(string location, TimeProvider time, bool shared = false)
    {
        var engine = DatabaseEngine.Of(location, shared);
        DbConnection? connection = null;
        try
        {
            connection = engine.OpenWriter();
            var open = connection;
            Migrations.Apply(open, engine.Dialect, Migrations.All, applied => engine.Backup(open, applied), time.GetUtcNow().ToUnixTimeMilliseconds());
            return new Database(engine, new WriteSession(open, engine.Dialect));
        }
        catch
        {
            connection?.Dispose();
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Reads on a connection that no one else uses meanwhile, all of it from one state.</summary>
    public T Read<T>(Func<DbConnection, T> work) => ReadPrepared(reader => work(reader.Connection));

    /// <summary>As <see cref="Read{T}"/>, for busy queries: statements stay prepared.</summary>
    public T ReadPrepared<T>(Func<ReadSession, T> work)
    {
        for (var again = false; ; again = true)
        {
            var reader = _engine.Rent();
            try
            {
                return reader.InSnapshot(work);
            }
            catch (Exception) when (reader.Broken && !again)
            {
                // The database server was started anew since; a new connection may be had.
            }
            catch (Exception failure) when (_engine.Explain(failure) is { } told)
            {
                throw told;
            }
            finally
            {
                _engine.Return(reader);
            }
        }
    }

    /// <summary>Queues a change; it has happened, and is on disk, when the task completes.</summary>
    /// <exception cref="SakiException">(of the task) The disk is full.</exception>
    public Task<T> WriteAsync<T>(Func<WriteSession, T> work)
    {
        var write = new Write<T>(work);
        Queue(write);
        return write.Done.Task;
    }

    /// <inheritdoc cref="WriteAsync{T}"/>
    public Task WriteAsync(Action<WriteSession> work) => WriteAsync(session =>
    {
        work(session);
        return true;
    });

    /// <summary>As <see cref="WriteAsync{T}"/> for work that checks all before it changes anything, and so needs no savepoint.</summary>
    public Task WriteCheckedAsync(Action<WriteSession> work)
    {
        var write = new Write<bool>(session =>
        {
            work(session);
            return true;
        })
        { Checked = true };
        Queue(write);
        return write.Done.Task;
    }

    /// <summary>Finishes what is queued, then closes.</summary>
    public void Dispose()
    {
        lock (_closing)
        {
            if (_closed) return;
            lock (_gate)
            {
                _closed = true;
                Monitor.PulseAll(_gate);
            }
            _writer.Join();
            _session.Dispose();
            _engine.Dispose();
        }
    }

    private void Queue(Write write)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _waiting.Enqueue(write);
            if (_waiting.Count == 1) Monitor.Pulse(_gate);
        }
    }

    private void WriteLoop()
    {
        var batch = new List<Write>();
        while (Take(batch))
        {
            Commit(batch);
            batch.Clear();
        }
    }

    private bool Take(List<Write> batch)
    {
        lock (_gate)
        {
            while (_waiting.Count == 0)
            {
                if (_closed) return false;
                Monitor.Wait(_gate);
            }
            while (batch.Count < MostInOneCommit && _waiting.TryDequeue(out var write)) batch.Add(write);
            return true;
        }
    }

    private void Commit(List<Write> batch)
    {
        try
        {
            if (_session.Broken) _session.Reopen(_engine.OpenWriter());
            _session.Begin();
            foreach (var write in batch) write.Run(_session, _engine);
            _session.Commit();
        }
        catch (Exception failure)
        {
            _session.Rollback();
            foreach (var write in batch) write.Fail(_engine.Explain(failure) ?? failure);
            return;
        }
        if (_session.HasNews) Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        foreach (var write in batch) write.Complete();
    }

    private abstract class Write
    {
        public bool Checked { get; init; }

        public abstract void Run(WriteSession session, DatabaseEngine engine);

        public abstract void Complete();

        public abstract void Fail(Exception failure);
    }

    private sealed class Write<T>(Func<WriteSession, T> work) : Write
    {
        private T? _result;
        private Exception? _failure;

        public TaskCompletionSource<T> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override void Run(WriteSession session, DatabaseEngine engine)
        {
            try
            {
                if (Checked) _result = work(session);
                else session.Attempt(() => _result = work(session));
            }
            catch (Exception failure) when (engine.Explain(failure) is null) // else the whole commit cannot be kept
            {
                _failure = failure;
            }
        }

        public override void Complete()
        {
            if (_failure is null) Done.SetResult(_result!);
            else Done.SetException(_failure);
        }

        public override void Fail(Exception failure) => Done.SetException(_failure ?? failure);
    }
}

/// <summary>Nothing of the request was kept because the disk is full or cannot be written.</summary>
internal sealed class StorageFullException(Exception inner) : SakiException("Writing the tracking database", "a disk with room that can be written", "a full disk or one that refuses",
    "Make room and send the request again; nothing of it was kept.", inner);

/// <summary>The database server cannot be reached, or went away in the middle; whether a change that was being committed was kept is not known.</summary>
internal sealed class StorageAwayException(Exception inner) : SakiException("Reaching the tracking database", "a database server that answers", "none", "Send the request again when it is back.", inner) { }
