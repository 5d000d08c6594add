"""Medians of single answers from a tracking server that runs: a version by its alias, and the charts and the history of a run with a million points of one metric.

    python3 bench/tracking/answers.py PORT
"""

import http.client
import json
import re
import statistics
import subprocess
import sys
import time

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=120)


def call(method, path, body=None):
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"} if body else {})
    reply = connection.getresponse()
    content = reply.read()
    assert reply.status == 200, content[:300]
    return content


def post(route, body):
    return json.loads(call("POST", f"/api/2.0/mlflow/{route}", body))


def median(path, times):
    for _ in range(times):
        call("GET", path)  # while its code is compiled
    took = []
    for _ in range(times):
        began = time.perf_counter()
        size = len(call("GET", path))
        took.append(time.perf_counter() - began)
    return statistics.median(took) * 1000, size


post("registered-models/create", {"name": "asked-for"})
post("model-versions/create", {"name": "asked-for", "source": "mlflow-artifacts:/asked-for"})
post("registered-models/alias", {"name": "asked-for", "alias": "champion", "version": "1"})
alias = f"http://127.0.0.1:{sys.argv[1]}/api/2.0/mlflow/registered-models/alias?name=asked-for&alias=champion"
for _ in range(3):  # the first ones while its code is compiled; this program itself takes longer than the server
    said = subprocess.run(["wrk", "-t1", "-c1", "-d3s", "--latency", alias], capture_output=True, text=True, check=True).stdout
print(f"a version by its alias, one caller: median {re.search('50% +([0-9.]+[a-z]+)', said)[1]} (MLflow 3.0 ms, goal 0.3 ms)")
run = post("runs/create", {"experiment_id": "0"})["run"]["info"]["run_id"]
for batch in range(1000):
    steps = range(1000 * batch, 1000 * batch + 1000)
    post("runs/log-batch", {"run_id": run, "metrics": [{"key": "loss", "value": 1 / (step + 1), "timestamp": 1_700_000_000_000 + step, "step": step} for step in steps]})
took, size = median(f"/runs/{run}/charts", 30)
print(f"the charts page of 1,000,000 points: {took:.0f} ms, {size / 1000:.0f} kB (goal 100 ms)")
took, size = median(f"/api/2.0/mlflow/metrics/get-history-bulk-interval?run_ids={run}&metric_key=loss&max_results=2500", 10)
print(f"the same, as MLflow's own page asks for it (bulk interval, 2,500 points): {took:.0f} ms, {size / 1000:.0f} kB")
took, size = median(f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=loss&max_results=100000", 3)
print(f"100,000 points of its history: {took:.0f} ms, {size / 1e6:.1f} MB (MLflow 2,700 ms)")
