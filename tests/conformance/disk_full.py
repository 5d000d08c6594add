"""Fills the disk under a running tracking server: writes are refused with 507 and nothing is kept of them, and all goes on when there is room again.

    mount -t tmpfs -o size=24m tmpfs DIR; saki up --home DIR/h --port 5998 --no-auth --roles tracking &
    python3 tests/conformance/disk_full.py http://127.0.0.1:5998 DIR
"""

import json
import os
import random
import sys
import urllib.error
import urllib.request

ADDRESS, FOLDER = sys.argv[1], sys.argv[2]
API = f"{ADDRESS}/api/2.0/mlflow"


def call(method, url, body):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refusal:
        return refusal.code, json.load(refusal)


def post(route, body):
    return call("POST", f"{API}/{route}", json.dumps(body).encode())


run = post("runs/create", {"experiment_id": "0"})[1]["run"]["info"]["run_id"]
with open(os.path.join(FOLDER, "ballast"), "wb") as ballast:
    ballast.write(b"x" * 9_000_000)
acknowledged, status = 0, 200
while status == 200 and acknowledged < 5000:
    status, answer = post("runs/log-batch", {"run_id": run, "metrics": [{"key": f"k{k}", "value": random.random(), "timestamp": acknowledged, "step": acknowledged} for k in range(1000)]})
    acknowledged += status == 200
assert (status, answer.get("error_code")) == (507, "RESOURCE_EXHAUSTED"), (status, answer)
status, answer = call("PUT", f"{ADDRESS}/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/a", b"y" * 20_000_000)
assert status == 507, (status, answer)
os.remove(os.path.join(FOLDER, "ballast"))
status, answer = post("runs/log-batch", {"run_id": run, "metrics": [{"key": "after", "value": 1, "timestamp": 1, "step": 1}]})
assert status == 200, (status, answer)
points = call("GET", f"{API}/metrics/get-history?run_id={run}&metric_key=k7", None)[1]["metrics"]
assert len(points) == acknowledged, (len(points), acknowledged)
print(f"{acknowledged} batches acknowledged and there, the next refused with 507, then logging went on; 1 passed, 0 failed")
