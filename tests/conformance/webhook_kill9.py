"""Kills a server (kill -9) while it registers models and sends webhooks to a receiver that fails now and then, and checks at the end that the event of every
acknowledged request arrived, signed, and that repetitions have the id of the first call.

    python3 tests/conformance/webhook_kill9.py ROUNDS PORT SAKI [ARGUMENTS OF SAKI…]      e.g. 20 5987 artifacts/saki/saki

Needs only Python's standard library. Ends with 0 when nothing was lost.
"""

import base64
import hashlib
import hmac
import http.client
import http.server
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

ROUNDS, PORT, COMMAND = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
HOME, SECRET = tempfile.mkdtemp(prefix="saki-webhooks-"), "between us"
rng = random.Random(11)
calls, wrong = {}, []  # delivery id -> (name, how often)
lock = threading.Lock()


class Receiver(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        delivery, stamp = self.headers["X-MLflow-Delivery-Id"], self.headers["X-MLflow-Timestamp"]
        signature = base64.b64encode(hmac.new(SECRET.encode(), f"{delivery}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
        with lock:
            if self.headers["X-MLflow-Signature"] != f"v1,{signature}":
                wrong.append(delivery)
            fails = rng.random() < 0.1
            if not fails:
                name, times = calls.get(delivery, (json.loads(body)["data"]["name"], 0))
                calls[delivery] = (name, times + 1)
        self.send_response(503 if fails else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def call(method, path, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=20)
    try:
        connection.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": "application/json"} if body is not None else {})
        reply = connection.getresponse()
        content = reply.read()
        if reply.status != 200:
            raise AssertionError(f"{method} {path}: {reply.status} {content[:300]}")
        return json.loads(content)
    finally:
        connection.close()


def start():
    server = subprocess.Popen(COMMAND + ["up", "--home", HOME, "--port", str(PORT), "--no-auth", "--roles", "tracking", "--webhook-allow", "127.0.0.0/8"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(1200):
        try:
            call("GET", "/api/3.0/mlflow/server-info")
            return server
        except OSError:
            time.sleep(0.05)
    raise AssertionError("the server did not start")


def main():
    receiver = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    server = start()
    hook = call("POST", "/api/2.0/mlflow/webhooks", {"name": "hook", "url": f"http://127.0.0.1:{receiver.server_port}/", "secret": SECRET, "events": [{"entity": "REGISTERED_MODEL", "action": "CREATED"}]})["webhook"]["webhook_id"]
    acknowledged = set()
    for number in range(ROUNDS):
        deadline, at = time.time() + rng.uniform(0.05, 1.0), 0
        killer = threading.Timer(deadline - time.time(), lambda: server.send_signal(signal.SIGKILL))
        killer.start()
        try:
            while True:
                name = f"model-{number}-{at}"
                call("POST", "/api/2.0/mlflow/registered-models/create", {"name": name})
                acknowledged.add(name)
                at += 1
        except (OSError, http.client.HTTPException):
            pass
        killer.join()
        server.wait()
        server = start()
    for _ in range(1200):
        if not call("GET", f"/api/2.0/saki/webhooks/{hook}/deliveries").get("deliveries"):
            break
        time.sleep(0.1)
    server.send_signal(signal.SIGTERM)
    server.wait()
    names = {name for name, _ in calls.values()}
    lost, doubled = acknowledged - names, len(calls) - len(names)
    print(f"{ROUNDS} kills, {len(acknowledged)} acknowledged, {len(names)} told of, {sum(times for _, times in calls.values()) - len(calls)} repeated under their id, {len(lost)} lost, {doubled} under two ids, {len(wrong)} wrongly signed")
    shutil.rmtree(HOME)
    return 0 if not lost and not doubled and not wrong else 1


sys.exit(main())
