using System.Collections.Concurrent;
using System.Data.Common;

namespace Saki.Server.Storage;

/// <summary>What a <see cref="Database"/> stands on: a file of SQLite, or a server of PostgreSQL. Gives one connection that writes and as many as needed that read.</summary>
internal abstract class DatabaseEngine : IDisposable
{
    private readonly ConcurrentBag<ReadSession> _idle = [];
    private int _idleCount;

    /// <summary>How it spells what databases spell differently.</summary>
    public abstract Dialect Dialect { get; }

    /// <summary>The engine that a location names: <c>postgres://…</c>, or the path of a file.</summary>
    /// <exception cref="SakiException">It is no address of a database.</exception>
    public static DatabaseEngine Of(string location, bool shared = false) => PostgresAddress.Names(location) ? new PostgresServer(location) { Shared = shared } : new SqliteFile(location) { Shared = shared };

    /// <summary>
    /// Whether other processes may write, too. What the tracking store remembers of its writes would then be wrong, so it never is for that one; jobs remember nothing and may
    /// run in a process of their own. Default: false.
    /// </summary>
    public bool Shared { get; init; }

    /// <summary>The connection that writes; the caller owns it. Every commit is on disk before it returns. One process at a time has it, unless <see cref="Shared"/>.</summary>
    /// <exception cref="SakiException">It cannot be opened, or another process writes.</exception>
    public abstract DbConnection OpenWriter();

    /// <summary>Keeps a copy of all before an older schema is changed, where the engine can make one.</summary>
    /// <param name="connection">The one that writes.</param>
    /// <param name="schema">Number of the last migration that was applied.</param>
    public abstract void Backup(DbConnection connection, int schema);

    /// <summary>A failure in words for callers: no room, or no database; null for all others.</summary>
    public abstract SakiException? Explain(Exception failure);

    /// <summary>A reader; give it back with <see cref="Return"/>.</summary>
    public virtual ReadSession Rent()
    {
        if (!_idle.TryTake(out var idle)) return new ReadSession(OpenReader(), Dialect);
        Interlocked.Decrement(ref _idleCount);
        return idle;
    }

    /// <summary>Takes a reader back. One that lost its connection takes the idle ones with it: theirs are gone as well.</summary>
    public virtual void Return(ReadSession reader)
    {
        if (reader.Broken)
        {
            reader.Dispose();
            DropIdle();
        }
        else if (Interlocked.Increment(ref _idleCount) <= MostIdle)
        {
            _idle.Add(reader);
        }
        else
        {
            Interlocked.Decrement(ref _idleCount);
            reader.Dispose();
        }
    }

    /// <inheritdoc/>
    public virtual void Dispose() => DropIdle();

    /// <summary>Readers that are kept for the next caller: each keeps pages and statements, and a crowd of callers must not leave one for each of them behind.</summary>
    protected virtual int MostIdle => 12;

    /// <summary>A connection that cannot write.</summary>
    protected abstract DbConnection OpenReader();

    private void DropIdle()
    {
        while (_idle.TryTake(out var reader))
        {
            Interlocked.Decrement(ref _idleCount);
            reader.Dispose();
        }
    }
}
