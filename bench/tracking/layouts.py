"""Two layouts of metric points in SQLite, the same rows and durability (WAL, synchronous=FULL): docs/decisions/0021.

rows    one row a point, clustered by (series, time, step, value)
blocks  one row a commit and run, folded into one row a metric and 65,536 points

    python3 bench/tracking/layouts.py [BATCHES]

A batch is 1,000 points of one step, one of each of 1,000 metrics (wide), or 1,000 steps of one metric (long). Prints points a second, bytes of the
file a point, and the time to read the history of one metric.
"""

import os
import sqlite3
import struct
import sys
import tempfile
import time

BATCHES = int(sys.argv[1]) if len(sys.argv) > 1 else 300
FOLD = 65_536


def database(folder, name):
    db = sqlite3.connect(os.path.join(folder, name), isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    return db


def batches(shape):
    for b in range(BATCHES):
        if shape == "wide":
            yield [(key, b * 1000 + key % 7, b, key / (b + 1)) for key in range(1000)]
        else:
            yield [(b % 10, b * 1000 + i, b // 10 * 1000 + i, i / 7) for i in range(1000)]


def rows(db, shape):
    db.execute("CREATE TABLE p (series INTEGER, time INTEGER, step INTEGER, value REAL, PRIMARY KEY (series, time, step, value)) WITHOUT ROWID")
    for batch in batches(shape):
        db.execute("BEGIN")
        db.executemany("INSERT OR IGNORE INTO p VALUES (?, ?, ?, ?)", batch)
        db.execute("COMMIT")
    return lambda: len(db.execute("SELECT time, step, value FROM p WHERE series = 5 ORDER BY time, step, value").fetchall())


def blocks(db, shape):
    db.execute("CREATE TABLE s (run INTEGER, segment INTEGER, data BLOB, PRIMARY KEY (run, segment)) WITHOUT ROWID")
    db.execute("CREATE TABLE c (run INTEGER, fold INTEGER, key INTEGER, data BLOB, PRIMARY KEY (run, fold, key)) WITHOUT ROWID")
    point, tail, folds = struct.Struct("<Iqqd"), [], []
    for number, batch in enumerate(batches(shape)):
        db.execute("BEGIN")
        db.execute("INSERT INTO s VALUES (1, ?, ?)", (number, b"".join(point.pack(*p) for p in batch)))
        tail += batch
        if len(tail) >= FOLD:
            by_key = {}
            for p in tail:
                by_key.setdefault(p[0], []).append(p)
            db.executemany("INSERT INTO c VALUES (1, ?, ?, ?)", [(number, key, b"".join(point.pack(*p) for p in sorted(points))) for key, points in sorted(by_key.items())])
            db.execute("DELETE FROM s WHERE run = 1")
            folds.append(number)
            tail = []
        db.execute("COMMIT")

    def read():
        found = []
        for fold in folds:
            row = db.execute("SELECT data FROM c WHERE run = 1 AND fold = ? AND key = 5", (fold,)).fetchone()
            if row:
                found += point.iter_unpack(row[0])
        for (data,) in db.execute("SELECT data FROM s WHERE run = 1 ORDER BY segment"):
            found += [p for p in point.iter_unpack(data) if p[0] == 5]
        return len(found)

    return read


def main():
    print(f"{BATCHES} batches of 1,000 points, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for shape in ("wide", "long"):
        for layout in (rows, blocks):
            with tempfile.TemporaryDirectory() as folder:
                db = database(folder, "points.db")
                start = time.perf_counter()
                read = layout(db, shape)
                wrote = time.perf_counter() - start
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                size = os.path.getsize(os.path.join(folder, "points.db"))
                start = time.perf_counter()
                count = read()
                took = time.perf_counter() - start
                db.close()
            print(f"{shape:5} {layout.__name__:7} {BATCHES * 1000 / wrote:9,.0f} points/s  {size / BATCHES / 1000:5.1f} bytes/point  history of {count:6,} points {took * 1000:6.1f} ms")


main()
