"""Kills a tracking server (kill -9) at random moments of logging, uploading and promoting, and checks after each restart that every acknowledged
write is there, and that nothing is there by half.

    python3 tests/conformance/kill9.py ROUNDS SAKI [ARGUMENTS OF SAKI…]      e.g. 200 artifacts/saki/saki

Needs only Python's standard library. Ends with 0 when all rounds held.
"""

import http.client
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

PORT = 5986
ROUNDS, COMMAND = int(sys.argv[1]), sys.argv[2:]
HOME = tempfile.mkdtemp(prefix="saki-kill9-")
rng = random.Random(7)


def call(method, path, body=None, raw=None):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
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


def start():
    server = subprocess.Popen(COMMAND + ["up", "--home", HOME, "--port", str(PORT), "--no-auth", "--roles", "tracking"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(600):
        try:
            call("GET", "/api/3.0/mlflow/server-info")
            return server
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


class Writers:
    """Threads that write until the server is gone, and remember what was acknowledged."""

    def __init__(self, run):
        self.run, self.points, self.params, self.files, self.stage = run, [], {}, {}, None
        self.pending_stage, self.threads = None, [threading.Thread(target=target, args=(i,)) for i, target in enumerate([self.metrics, self.metrics, self.batches, self.uploads, self.promotions])]
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


def check(writers):
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
    return len(writers.points), len(writers.files)


def main():
    server = start()
    api("registered-models/create", {"name": "m"})
    for _ in range(2):
        api("model-versions/create", {"name": "m", "source": "s3://b/x"})
    points = 0
    for done in range(ROUNDS):
        run = api("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
        writers = Writers(run)
        time.sleep(rng.uniform(0.05, 1.0))
        server.send_signal(signal.SIGKILL)
        server.wait()
        for thread in writers.threads:
            thread.join()
        server = start()
        points += check(writers)[0]
    server.terminate()
    server.wait()
    shutil.rmtree(HOME)
    print(f"{ROUNDS} rounds of kill -9: {points:,} acknowledged points, all there; 1 passed, 0 failed")


main()
