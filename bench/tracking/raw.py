"""What SQLite itself takes: the same rows as the tracking server's, each transaction on disk (WAL, synchronous=FULL), one connection, no server, no JSON.

    python3 bench/tracking/raw.py FOLDER ROWS SECONDS      prints rows a second with ROWS in a transaction

The table is the plain one that people would write: a point is a row with its run, key, step, time and value, and a primary key over them (what MLflow keeps).
"""

import itertools
import random
import sqlite3
import sys
import time

folder, rows, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
db = sqlite3.connect(f"{folder}/raw{rows}.db", isolation_level=None)
db.execute("PRAGMA journal_mode=WAL")
db.execute("PRAGMA synchronous=FULL")
db.execute("CREATE TABLE points (run INTEGER, key INTEGER, step INTEGER, time INTEGER, value REAL, PRIMARY KEY (run, key, step, time, value)) WITHOUT ROWID")
values = [random.random() for _ in range(rows)]
began, done = time.monotonic(), 0
for batch in itertools.count():
    db.execute("BEGIN")
    first = batch * rows
    db.executemany("INSERT INTO points VALUES (1, 1, ?, ?, ?)", [(first + i, 1_700_000_000_000 + first + i, value) for i, value in enumerate(values)])
    db.execute("COMMIT")
    done += rows
    if time.monotonic() - began >= seconds:
        break
print(f"{done / (time.monotonic() - began):.0f}")
