"""Kills saki (kill -9) at random moments and checks after each restart that every acknowledged write is there, and that nothing is there by half or twice:
a server that logs, takes uploads, promotes and deletes for good; a server in the middle of its first migrations; an import of an MLflow file.

    python3 tests/conformance/kill9.py ROUNDS SAKI [ARGUMENTS OF SAKI…]      e.g. 200 artifacts/saki/saki

SAKI_KILL_DATABASE=postgres://… runs the server's rounds on PostgreSQL (add ?schema=… of your own). Needs only Python's standard library. Ends with 0 when all rounds held.
"""

import http.client
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

ROUNDS, COMMAND = int(sys.argv[1]), sys.argv[2:]
DATABASE = os.environ.get("SAKI_KILL_DATABASE")
PORT = 0
rng = random.Random(int(os.environ.get("SAKI_KILL_SEED", "7")))


def call(method, path, body=None, raw=None):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
    try:
        data = raw if raw is not None else json.dumps(body).encode() if body is not None else None
        connection.request(method, path, data, {"Content-Type": "application/json"} if raw is None and data else {})
        reply = connection.getresponse()
        content = reply.read()
        if reply.status != 200:
            raise AssertionError(f"{method} {path}: {reply.status} {content[:300]}")
        return content if raw is not None or path.startswith("/api/2.0/mlflow-artifacts/artifacts/") else json.loads(content)
    finally:
        connection.close()


def api(route, body):
    return call("POST", f"/api/2.0/mlflow/{route}", body)


def launch(home):
    arguments = ["up", "--home", home, "--port", "0", "--no-auth", "--roles", "tracking"] + (["--database", DATABASE] if DATABASE else [])
    return subprocess.Popen(COMMAND + arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def start(home):
    global PORT
    server = launch(home)
    for line in server.stdout:
        if line.startswith("Page"):
            PORT = int(line.strip().rstrip("/").rsplit(":", 1)[1])
            return server
    raise AssertionError(f"the server did not start: {server.stderr.read()}")


def kill(server):
    server.send_signal(signal.SIGKILL)
    server.wait()
    server.stdout.close()
    server.stderr.close()


class Writers:
    """Threads that write until the server is gone, and remember what was acknowledged."""

    def __init__(self, run):
        self.run, self.points, self.params, self.files, self.stage, self.gone = run, [], {}, {}, None, []
        self.pending_stage = None
        work = [self.metrics, self.metrics, self.batches, self.uploads, self.promotions, self.removals]
        self.threads = [threading.Thread(target=target, args=(i,)) for i, target in enumerate(work)]
        for thread in self.threads:
            thread.start()

    def until_gone(self, work):
        try:
            n = 0
            while True:
                work(n)
                n += 1
        except (OSError, http.client.HTTPException):
            pass

    def metrics(self, seed):
        def work(n):
            point = {"key": f"s{seed}", "value": n + 0.5, "timestamp": n, "step": n}
            api("runs/log-metric", {"run_id": self.run, **point})
            self.points.append(point)
        self.until_gone(work)

    def batches(self, seed):
        def work(n):
            points = [{"key": f"b{k}", "value": n, "timestamp": n, "step": n} for k in range(200)]
            api("runs/log-batch", {"run_id": self.run, "metrics": points, "params": [{"key": f"p{n}", "value": str(n)}]})
            self.points += points
            self.params[f"p{n}"] = str(n)
        self.until_gone(work)

    def uploads(self, seed):
        def work(n):
            content = os.urandom(30_000 + n)
            call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{self.run}/artifacts/f{n % 5}", raw=content)
            self.files[f"f{n % 5}"] = content
        self.until_gone(work)

    def promotions(self, seed):
        def work(n):
            version = str(n % 2 + 1)
            self.pending_stage = version
            api("model-versions/transition-stage", {"name": "m", "version": version, "stage": "Production", "archive_existing_versions": True})
            self.stage = version
        self.until_gone(work)

    def removals(self, seed):
        def work(n):
            run = api("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
            api("runs/log-batch", {"run_id": run, "metrics": [{"key": "x", "value": 1, "timestamp": 1}]})
            call("PUT", f"/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/f", raw=b"x" * 1000)
            api("runs/delete", {"run_id": run})
            self.gone.append((run, False))
            call("POST", "/api/2.0/saki/gc", {"run_ids": [run]})
            self.gone[-1] = (run, True)
        self.until_gone(work)


def check(writers, home):
    run = call("GET", f"/api/2.0/mlflow/runs/get?run_id={writers.run}")["run"]
    params = {p["key"]: p["value"] for p in run["data"].get("params", [])}
    assert writers.params.items() <= params.items(), "a param is missing"
    wanted = {}
    for point in writers.points:
        wanted.setdefault(point["key"], set()).add(point["step"])
    for key, steps in wanted.items():
        found = {m["step"] for m in call("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={writers.run}&metric_key={key}").get("metrics", [])}
        assert steps <= found, f"{key} lacks {sorted(steps - found)[:5]}"
        if key.startswith("b"):
            assert len(found - steps) <= 1, "more than the batch in flight"
    halves = {len(call("GET", f"/api/2.0/mlflow/metrics/get-history?run_id={writers.run}&metric_key=b{k}").get("metrics", [])) for k in (0, 99, 199)}
    assert len(halves) == 1, f"half a batch: {halves}"
    for name, content in writers.files.items():
        got = call("GET", f"/api/2.0/mlflow-artifacts/artifacts/0/{writers.run}/artifacts/{name}")
        assert len(got) >= 30_000 and (got == content or len(got) == len(content) + 5), f"{name} is torn"
    versions = call("GET", "/api/2.0/mlflow/model-versions/search")["model_versions"]
    production = [v["version"] for v in versions if v["current_stage"] == "Production"]
    if writers.stage:
        assert len(production) == 1 and production[0] in (writers.stage, writers.pending_stage), f"production is {production}"
    assert call("GET", "/api/2.0/saki/registry/check").get("broken") is None, "the audit's chain is broken"
    for run, acknowledged in writers.gone:
        answer = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        answer.request("GET", f"/api/2.0/mlflow/runs/get?run_id={run}")
        there = answer.getresponse().status == 200
        answer.close()
        assert not (there and acknowledged), "a run that was removed for good is back"
        if not there:
            call("POST", "/api/2.0/saki/gc", {})  # what was cut off is finished
            assert not os.path.exists(os.path.join(home, "tracking/artifacts/0", run)), "files of a removed run are left"
    return len(writers.points)


def serving(rounds):
    home = tempfile.mkdtemp(prefix="saki-kill9-")
    server = start(home)
    api("registered-models/create", {"name": "m"})
    for _ in range(2):
        api("model-versions/create", {"name": "m", "source": "s3://b/x"})
    points = 0
    for _ in range(rounds):
        run = api("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        writers = Writers(run)
        time.sleep(rng.uniform(0.05, 1.0))
        kill(server)
        for thread in writers.threads:
            thread.join()
        server = start(home)
        points += check(writers, home)
    server.terminate()
    server.wait()
    shutil.rmtree(home)
    return points


def migrating(rounds):
    """A new home, killed while it makes its database, then started in peace."""
    for _ in range(rounds):
        home = tempfile.mkdtemp(prefix="saki-kill9-")
        for _ in range(rng.randint(1, 3)):
            server = launch(home)
            time.sleep(rng.uniform(0.1, 1.5))
            kill(server)
        server = start(home)
        run = api("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        api("runs/log-metric", {"run_id": run, "key": "a", "value": 1, "timestamp": 1})
        assert len(call("GET", f"/api/2.0/mlflow/runs/get?run_id={run}")["run"]["data"]["metrics"]) == 1
        kill(server)
        shutil.rmtree(home)


def mlflow_file(path, runs, points):
    """The tables of an MLflow 2 that an import reads."""
    file = sqlite3.connect(path)
    file.executescript("""
        CREATE TABLE experiments (experiment_id INTEGER PRIMARY KEY, name TEXT, artifact_location TEXT, lifecycle_stage TEXT, creation_time BIGINT, last_update_time BIGINT);
        CREATE TABLE experiment_tags ("key" TEXT, value TEXT, experiment_id INTEGER);
        CREATE TABLE runs (run_uuid TEXT PRIMARY KEY, name TEXT, user_id TEXT, status TEXT, start_time BIGINT, end_time BIGINT, lifecycle_stage TEXT, artifact_uri TEXT, experiment_id INTEGER, deleted_time BIGINT);
        CREATE TABLE metrics ("key" TEXT, value FLOAT, timestamp BIGINT, run_uuid TEXT, step BIGINT, is_nan BOOLEAN);
        CREATE INDEX index_metrics_run_uuid ON metrics (run_uuid);
        CREATE TABLE params ("key" TEXT, value TEXT, run_uuid TEXT);
        CREATE TABLE tags ("key" TEXT, value TEXT, run_uuid TEXT);
        INSERT INTO experiments VALUES (1, 'birds', '', 'active', 1, 1);
    """)
    for i in range(runs):
        run = f"{i:032x}"
        folder = os.path.join(os.path.dirname(path), "mlruns", "1", run, "artifacts")
        os.makedirs(folder)
        with open(os.path.join(folder, "model.bin"), "wb") as content:
            content.write(os.urandom(50_000 + i))
        file.execute("INSERT INTO runs VALUES (?, ?, 'ada', 'FINISHED', ?, ?, 'active', ?, 1, NULL)", (run, f"r{i}", i, i + 1, folder))
        file.executemany("INSERT INTO metrics VALUES ('loss', ?, ?, ?, ?, 0)", [(1 / (s + 1), s, run, s) for s in range(points)])
        file.execute("INSERT INTO params VALUES ('lr', ?, ?)", (str(i), run))
    file.commit()
    file.close()


def importing(rounds):
    for _ in range(rounds):
        home, source = tempfile.mkdtemp(prefix="saki-kill9-"), tempfile.mkdtemp(prefix="saki-kill9-")
        path, runs, points = os.path.join(source, "mlflow.db"), 40, 5000
        mlflow_file(path, runs, points)
        for attempt in range(12):
            done = subprocess.Popen(COMMAND + ["import", "mlflow", path, "--home", home, "--quiet"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                done.wait(rng.uniform(0.3, 2.5) if attempt < 10 else 600)
            except subprocess.TimeoutExpired:
                pass
            if done.returncode is None:
                done.kill()
                done.wait()
            elif done.returncode == 0:
                break
            else:
                raise AssertionError(done.stderr.read())
            done.stderr.close()
        there = sqlite3.connect(os.path.join(home, "tracking/tracking.db"))
        assert there.execute("SELECT count(*) FROM runs").fetchone()[0] == runs, "a run is missing or there twice"
        # Cut off between two commits or in one, never between a point and its count.
        stored = there.execute("SELECT coalesce((SELECT sum(points) FROM metric_segments), 0) + coalesce((SELECT sum(points) FROM metric_chunks), 0)").fetchone()[0]
        assert stored == runs * points, f"{stored} points instead of {runs * points}"
        for i in range(runs):
            assert os.path.getsize(os.path.join(home, "tracking/artifacts/1", f"{i:032x}", "artifacts/model.bin")) == 50_000 + i, "a file is torn"
        there.close()
        shutil.rmtree(home)
        shutil.rmtree(source)


def main():
    few = max(1, ROUNDS // 10)
    points = serving(ROUNDS)
    if not DATABASE:
        migrating(few)
        importing(few)
    print(f"{ROUNDS} rounds of kill -9 while serving: {points:,} acknowledged points, all there; {0 if DATABASE else few} while migrating, {0 if DATABASE else few} while importing; 1 passed, 0 failed")


main()
