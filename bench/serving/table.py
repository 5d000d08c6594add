"""The serving table; started by bench/serving/run. Prints Markdown: what was measured, ratios, and whether the goal is met."""
import argparse
import collections
import json
import os
import shlex
import signal
import statistics
import subprocess
import sys
import time
import urllib.request

from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("work")
parser.add_argument("--seconds", type=float, default=3)
parser.add_argument("--rounds", type=int, default=2)
parser.add_argument("--only", default="")
parser.add_argument("--port", type=int, default=19260)
parser.add_argument("--quick", action="store_true")
options = parser.parse_args()
if options.quick:
    options.seconds, options.rounds = 0.7, 1
work, root = options.work, os.getcwd()
data = os.environ.get("SAKI_DATA", os.path.join(root, "../shared/data"))
saki = shlex.split(os.environ.get("SAKI", os.path.join(root, "artifacts/saki/saki")))
bench = shlex.split(os.environ["SAKI_BENCH"])
engine = os.path.join(root, "artifacts/native/linux-x64/libonnxruntime.so.1")
resnet20 = os.path.join(data, "models/cifar10/resnet20_cifar10.onnx")
resnet18 = os.path.join(work, "resnet18.onnx")
started = []


def at(name):
    return os.path.join(work, name)


def start(command, name, **environment):
    log = open(at(name + ".log"), "wb")
    process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment}, start_new_session=True)
    started.append(process)
    return process


def stop(process):
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def wait(port, path="/", seconds=60):
    """Seconds until the port answers with 200 (any answer for node)."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).read()
            return time.monotonic() - began
        except urllib.error.HTTPError as answer:
            if answer.code != 503:
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.01)
    raise SystemExit(f"nothing answers at {port}{path}; see {work}/*.log")


def resident(process):
    return int(next(line for line in open(f"/proc/{process.pid}/status") if line.startswith("VmRSS")).split()[1]) / 1024


def write(name, content):
    with open(at(name), "wb") as out:
        out.write(content)
    return at(name)


def inputs():
    """Request bodies: binary and JSON tensors of each model, three JPEGs, three packages' pipelines."""
    import numpy as np
    for name, shape in (("resnet20", (1, 3, 32, 32)), ("resnet18", (1, 3, 224, 224)), ("echo", (1, 4))):
        count = int(np.prod(shape))
        values = np.array([((i * 37) % 101) / 101 for i in range(count)], dtype="<f4")
        first = {"resnet20": "input", "resnet18": "x", "echo": "x"}[name]
        if name == "resnet20":
            first = input_name(20)
        head = {"name": first, "shape": list(shape), "datatype": "FP32"}
        header = json.dumps({"inputs": [{**head, "parameters": {"binary_data_size": 4 * count}}], "parameters": {"binary_data_output": True}}).encode()
        write(name + ".bin", header + values.tobytes())
        write(name + ".head", str(len(header)).encode())
        write(name + ".json", json.dumps({"inputs": [{**head, "data": [float(v) for v in values]}]}).encode())
    photo = Image.open(os.path.join(data, "photos/42_IndexError.jpg")).convert("RGB")
    for name, size in (("640x480", (640, 480)), ("12MP", (4000, 3000))):
        photo.resize(size, Image.BICUBIC).save(at(name + ".jpg"), quality=90)
    for name, size, labels in (("resnet20", 32, 10), ("resnet18", 224, 1000)):
        write(name + ".yaml", f"""input:     {{kind: image, color: rgb, width: {size}, height: {size}, layout: nchw, type: float32}}
resize:    {{mode: stretch, interpolation: bilinear, antialias: false}}
normalize: {{scale: 0.003921568859368563, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225]}}
faces:     none
output:    {{kind: logits, name: null}}
labels:    [{", ".join(f"c{i}" for i in range(labels))}]
reject:    null
estimator: {{kind: onnx, file: {name}.onnx}}
""".encode())


def input_name(number):
    return metadata["inputs"][0]["name"]


def wrk(port, path, callers, body=None, kind=None, header=None, method="POST", seconds=None):
    environment = {"METHOD": method}
    if body:
        environment["BODY"] = at(body)
    if kind:
        environment["TYPE"] = kind
    if header:
        environment["HEADER"] = open(at(header)).read()
    command = ["wrk", f"-t{1 if callers < 8 else 2}", f"-c{callers}", f"-d{seconds or options.seconds}s", "--timeout", "20s", "-s", os.path.join(root, "bench/serving/post.lua"), f"http://127.0.0.1:{port}{path}"]
    # wrk takes whole seconds only
    command[3] = f"-d{max(1, round(seconds or options.seconds))}s"
    out = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout
    result = json.loads(out.split("RESULT ")[1])
    if result["bad"]:
        print(f"  {result['bad']} bad answers at {path}, {callers} callers", file=sys.stderr)
    return result


def raw(model, shape, threads=2, picture=None):
    command = [at("raw"), engine, model, shape, str(options.seconds), str(threads)] + ([at(picture)] if picture else [])
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


SAKI, NODE, EMPTY = options.port, options.port + 1, options.port + 2
BINARY, JSON, JPEG = "application/octet-stream", "application/json", "image/jpeg"
# name, model, shape, path, body, type, header, picture, goals: share of raw at 8 and more callers, of node at each
Case = collections.namedtuple("Case", "name model shape path body kind header picture of_raw of_node fastapi")
cases = [
    Case("resnet20 binary", resnet20, "1,3,32,32", "/v2/models/resnet20/infer", "resnet20.bin", BINARY, "resnet20.head", None, 0.85, 1.0, None),
    Case("resnet18 binary", resnet18, "1,3,224,224", "/v2/models/resnet18/infer", "resnet18.bin", BINARY, "resnet18.head", None, 0.92, 1.0, None),
    Case("resnet20 JSON", resnet20, "1,3,32,32", "/v2/models/resnet20/infer", "resnet20.json", JSON, None, None, None, 1.2, {1: 70, 8: 117, 32: 107}),
    Case("resnet18 JSON", resnet18, "1,3,224,224", "/v2/models/resnet18/infer", "resnet18.json", JSON, None, None, None, 1.4, {1: 10, 8: 9}),
    Case("640x480 JPEG, resnet20", resnet20, "1,3,32,32", "/v1/predict/resnet20", "640x480.jpg", JPEG, None, "640x480.jpg", 0.85, 2.5, {1: 59, 32: 93}),
    Case("640x480 JPEG, resnet18", resnet18, "1,3,224,224", "/v1/predict/resnet18", "640x480.jpg", JPEG, None, "640x480.jpg", 0.85, 1.0, {1: 34, 8: 54, 32: 47}),
    Case("12 MP JPEG, resnet20", resnet20, "1,3,32,32", "/v1/predict/resnet20", "12MP.jpg", JPEG, None, "12MP.jpg", 0.85, 1.0, {1: 7.7, 8: 11}),
]
CALLERS = (1, 8, 32)
metadata = {}


def verdict(ok):
    return "met" if ok else "**missed**"


def table():
    print("| case | callers | raw /s | Saki /s | p50 ms | p99 ms | node /s | of raw | of node | of FastAPI | goal |\n|---|---|---|---|---|---|---|---|---|---|---|", flush=True)
    for case in cases:
        if not wanted(case.name):
            continue
        got = collections.defaultdict(list)
        for _ in range(options.rounds):
            if case.of_raw:
                got["raw"].append(raw(case.model, case.shape, 2, case.picture)["per_second"])
            for callers in CALLERS:
                for who, port in (("saki", SAKI), ("node", NODE)):
                    got[who, callers].append(wrk(port, case.path, callers, case.body, case.kind, case.header))
        ceiling = statistics.median(got["raw"]) if case.of_raw else None
        for callers in CALLERS:
            rate = {who: max(1e-9, statistics.median(r["per_second"] for r in got[who, callers])) for who in ("saki", "node")}
            p50, p99 = (statistics.median(r[q] for r in got["saki", callers]) / 1000 for q in ("p50_us", "p99_us"))
            of_raw, of_node = (rate["saki"] / ceiling if ceiling else None), rate["saki"] / rate["node"]
            fast = rate["saki"] / case.fastapi[callers] if case.fastapi and callers in case.fastapi else None
            met = of_node >= case.of_node and (callers == 1 or not case.of_raw or of_raw >= case.of_raw)
            goal = (f"{case.of_raw:.0%} of raw, " if case.of_raw and callers > 1 else "") + f"{case.of_node}x node"
            cell = lambda x, f: "" if x is None else format(x, f)
            print(f"| {case.name} | {callers} | {cell(ceiling, '.0f')} | {rate['saki']:.0f} | {p50:.2f} | {p99:.2f} | {rate['node']:.0f} | {cell(of_raw, '.0%')} | {of_node:.2f} | {cell(fast, '.1f')} | {goal}: {verdict(met)} |", flush=True)


def wanted(name):
    return not options.only or any(word in name for word in options.only.split(","))


def echo():
    got = collections.defaultdict(list)
    for _ in range(options.rounds):
        for callers in CALLERS:
            got["saki", callers].append(wrk(SAKI, "/v2/models/echo/infer", callers, "echo.bin", BINARY, "echo.head"))
            got["empty", callers].append(wrk(EMPTY, "/", callers, method="GET"))
    print("\n| echo | callers | Saki /s | empty route /s | share | goal |\n|---|---|---|---|---|---|")
    for callers in CALLERS:
        ours, empty = (statistics.median(r["per_second"] for r in got[who, callers]) for who in ("saki", "empty"))
        goal = "40,000/s and 60 %: " + verdict(ours >= 40_000 and ours / empty >= 0.6) if callers > 1 else "60 %: " + verdict(ours / empty >= 0.6)
        print(f"| smallest model | {callers} | {ours:.0f} | {empty:.0f} | {ours / empty:.0%} | {goal} |", flush=True)


def added():
    """What a server adds to a call of the engine for one caller: medians, in turns."""
    direct, ours, node = [], [], []
    for _ in range(max(3, options.rounds)):
        direct.append(raw(resnet20, "1,3,32,32", 1)["p50_us"])
        ours.append(wrk(SAKI, cases[0].path, 1, cases[0].body, BINARY, cases[0].header)["p50_us"])
        node.append(wrk(NODE, cases[0].path, 1, cases[0].body, BINARY, cases[0].header)["p50_us"])
    base = statistics.median(direct)
    more, other = statistics.median(ours) - base, statistics.median(node) - base
    print(f"\nAdded latency at one caller, p50 (resnet20 binary, direct {base:.0f} us): Saki {more:.0f} us, node {other:.0f} us; goal 150 us: {verdict(more <= 150)}", flush=True)


def overload():
    path, body = "/v1/predict/resnet18", "640x480.jpg"
    peak = max(wrk(SAKI, path, 16, body, JPEG)["per_second"] for _ in range(2))
    head = write("storm.head", f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/jpeg\r\n".encode())
    seconds = 5 if options.quick else 60
    storm = lambda rate, time_: json.loads(subprocess.run([at("storm"), str(SAKI), head, at(body), str(rate), str(time_), "400"], capture_output=True, text=True, check=True).stdout)
    result = storm(10 * peak, seconds)
    live = urllib.request.urlopen(f"http://127.0.0.1:{SAKI}/health/live", timeout=5).status
    after = storm(0.5 * peak, 5)
    print(f"\nOverload, {result['offered']:.0f}/s offered for {seconds} s (640x480 JPEG to resnet18, peak {peak:.0f}/s): within 500 ms {result['in_time']:.0f}/s = {result['in_time'] / peak:.0%} of peak; "
          f"p50 {result['p50_ms']:.0f} ms, p99 of answered {result['p99_ms']:.0f} ms, refused {result['refused']:.0f}/s, failed {result['failed']:.1f}/s, not sent for want of a connection {result['lost']:.0f}/s; goal 90 %: {verdict(result['in_time'] >= 0.9 * peak)}")
    print(f"Right after it at half the peak for 5 s: {after['in_time'] / max(after['offered'], 1):.0%} in time, p99 {after['p99_ms']:.0f} ms, live {live}; goal: recovered within 5 s: {verdict(after['in_time'] >= 0.9 * after['offered'])}", flush=True)


def starts():
    home = at("home-start")
    five = [f"m{i}={resnet20}" for i in range(5)]
    times, engines = [], []
    for turn in range(4):
        process = start([*saki, "serve", *five, "--port", str(SAKI + 5), "--no-auth", "--home", home], "start")
        times.append(wait(SAKI + 5, "/health/ready"))
        if turn == 0:
            times.clear()  # the models are tried in a child the first time
        stop(process)
    for _ in range(3):
        began = time.monotonic()
        for _ in range(1):
            subprocess.run([at("raw"), engine, resnet20, "1,3,32,32", "0", "1"], capture_output=True, check=True)
        engines.append(time.monotonic() - began)
    # one process loads the library and one model; the other four models are loads of their own
    print(f"\nStart to ready with 5 models: {statistics.median(times):.2f} s (the engine alone with one model, from C: {statistics.median(engines):.2f} s, 0.3 s of it warm-up); goal 1 s beyond the engine's own: {verdict(statistics.median(times) < 1 + statistics.median(engines))}")
    process = start([*saki, "serve", "--port", str(SAKI + 6), "--no-auth", "--home", at("home-empty")], "empty-server")
    wait(SAKI + 6, "/health/live")
    time.sleep(3)
    memory = resident(process)
    stop(process)
    print(f"Idle memory without models: {memory:.0f} MB; goal 90 MB: {verdict(memory < 90)}", flush=True)


def main():
    began = time.monotonic()
    print(f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.2f} at the start, {options.seconds} s a turn, {options.rounds} rounds\n", flush=True)
    for name in ("resnet20", "resnet18"):
        target = at(name + ".onnx")
        if name == "resnet20" and not os.path.exists(target):
            os.symlink(os.path.realpath(resnet20), target)
    metadata.update({"inputs": [{"name": "input"}]})
    inputs()
    packages = {}
    for name in ("resnet20", "resnet18"):
        packages[name] = at(f"{name}-package")
        if not os.path.isdir(packages[name]):
            subprocess.run([*saki, "package", at(name + ".onnx"), "--pipeline", at(name + ".yaml"), "--out", packages[name], "--home", at("home")], check=True, capture_output=True)
    try:
        starts() if wanted("start") else None
        server = start([*saki, "serve", f"resnet20={packages['resnet20']}", f"resnet18={packages['resnet18']}", f"echo={at('echo.onnx')}", "--port", str(SAKI), "--no-auth", "--home", at("home")], "saki")
        wait(SAKI, "/health/ready")
        metadata.update(json.load(urllib.request.urlopen(f"http://127.0.0.1:{SAKI}/v2/models/resnet20")))
        inputs()
        start(["node", os.path.join(root, "bench/serving/serve.mjs"), str(NODE), root, work, f"resnet20={resnet20}:32", f"resnet18={resnet18}:224"], "node")
        start([*bench, "empty-route", str(EMPTY)], "empty")
        wait(EMPTY)
        time.sleep(2)
        for case in cases:  # all code is compiled before anything counts
            for port in (SAKI, NODE):
                wrk(port, case.path, 8, case.body, case.kind, case.header, seconds=1)
        table()
        if wanted("echo"):
            wrk(SAKI, "/v2/models/echo/infer", 8, "echo.bin", BINARY, "echo.head", seconds=2)
            echo()
        if wanted("added"):
            added()
        if wanted("overload"):
            overload()
        print(f"\nServer's memory at the end: {resident(server):.0f} MB")
    finally:
        for process in started:
            stop(process)
    print(f"\ntook {(time.monotonic() - began) / 60:.1f} min, load {os.getloadavg()[0]:.2f} at the end")


main()
