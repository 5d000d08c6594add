"""The serving table; started by bench/serving/run. Prints Markdown: what was measured, ratios, and whether the goal is met. A peer that does not start leaves its columns empty."""
import argparse
import collections
import json
import os
import shlex
import signal
import statistics
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from PIL import Image

parser = argparse.ArgumentParser()
parser.add_argument("work")
parser.add_argument("--seconds", type=int, default=3, help="of one turn of one caller count; wrk takes whole ones only")
parser.add_argument("--rounds", type=int, default=2)
parser.add_argument("--callers", default="1,8,32")
parser.add_argument("--only", default="", help="parts of cases' names, by commas; also: echo, added, overload, start, memory")
parser.add_argument("--overload-seconds", type=int, default=60)
parser.add_argument("--port", type=int, default=19260)
parser.add_argument("--quick", action="store_true", help="one round of a second each, ten seconds of overload")
options = parser.parse_args()
if options.quick:
    options.seconds, options.rounds, options.overload_seconds = 1, 1, 10
work, root = options.work, os.getcwd()
data = os.environ.get("SAKI_DATA", os.path.join(root, "../shared/data"))
saki = shlex.split(os.environ.get("SAKI", os.path.join(root, "artifacts/saki/saki")))
bench = shlex.split(os.environ.get("SAKI_BENCH", ""))
engine = os.path.join(root, "artifacts/native/linux-x64/libonnxruntime.so.1")
if not os.path.exists(engine):
    engine = os.path.join(os.path.dirname(saki[0]), "native/libonnxruntime.so.1")
resnet20 = os.path.join(data, "models/cifar10/resnet20_cifar10.onnx")
resnet18 = os.path.join(work, "resnet18.onnx")
started, peers = [], {}


class Away(Exception):
    """Nothing answers."""


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


def wait(port, path="/", seconds=60, process=None):
    """Seconds until the port answers with anything but 503."""
    began = time.monotonic()
    while time.monotonic() - began < seconds and (process is None or process.poll() is None):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2).read()
            return time.monotonic() - began
        except urllib.error.HTTPError as answer:
            if answer.code != 503:
                return time.monotonic() - began
        except OSError:
            pass
        time.sleep(0.01)
    raise Away(f"nothing answers at {port}{path}; see {work}/*.log")


def peer(command, name, port):
    """Starts a peer; None, told on stderr, where it cannot be had."""
    try:
        process = start(command, name)
        wait(port, process=process)
        return process
    except (Away, OSError, IndexError) as why:
        print(f"  without {name}: {why}", file=sys.stderr)
        return None


def resident(process):
    return int(next(line for line in open(f"/proc/{process.pid}/status") if line.startswith("VmRSS")).split()[1]) / 1024


def write(name, content):
    with open(at(name), "wb") as out:
        out.write(content)
    return at(name)


def inputs(first_input):
    """Request bodies: binary and JSON tensors of each model, three JPEGs, three packages' pipelines."""
    import numpy as np
    for name, shape in (("resnet20", (1, 3, 32, 32)), ("resnet18", (1, 3, 224, 224)), ("echo", (1, 4))):
        count = int(np.prod(shape))
        values = np.array([((i * 37) % 101) / 101 for i in range(count)], dtype="<f4")
        first = first_input if name == "resnet20" else "x"
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


def wrk(port, path, callers, body=None, kind=None, header=None, method="POST", seconds=None):
    environment = {"METHOD": method}
    if body:
        environment["BODY"] = at(body)
    if kind:
        environment["TYPE"] = kind
    if header:
        environment["HEADER"] = open(at(header)).read()
    command = ["wrk", f"-t{1 if callers < 8 else 2}", f"-c{callers}", f"-d{seconds or options.seconds}s", "--timeout", "20s", "-s", os.path.join(root, "bench/serving/post.lua"), f"http://127.0.0.1:{port}{path}"]
    out = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, check=True).stdout
    result = json.loads(out.split("RESULT ")[1])
    if result["bad"]:
        print(f"  {result['bad']} bad answers at {path}, {callers} callers", file=sys.stderr)
    return result


def raw(model, shape, threads=2, picture=None):
    """The engine called from C; None where it was not compiled."""
    if not os.path.exists(at("raw")):
        return None
    command = [at("raw"), engine, model, shape, str(options.seconds), str(threads)] + ([at(picture)] if picture else [])
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def middle(results, what="per_second"):
    """The median of what was measured; None of nothing."""
    known = [result[what] for result in results if result]
    return max(1e-9, statistics.median(known)) if known else None


def share(a, b):
    return None if a is None or b is None or b < 0.01 else a / b


SAKI, NODE, EMPTY, FASTAPI = options.port, options.port + 1, options.port + 2, options.port + 3
BINARY, JSON, JPEG = "application/octet-stream", "application/json", "image/jpeg"
# name, model, shape, path, body, type, header, picture, goals: share of raw at 8 and more callers, of node and of FastAPI at each (0: not compared)
Case = collections.namedtuple("Case", "name model shape path body kind header picture of_raw of_node fastapi")
cases = [
    Case("resnet20 binary", resnet20, "1,3,32,32", "/v2/models/resnet20/infer", "resnet20.bin", BINARY, "resnet20.head", None, 0.85, 1.0, 0),
    Case("resnet18 binary", resnet18, "1,3,224,224", "/v2/models/resnet18/infer", "resnet18.bin", BINARY, "resnet18.head", None, 0.92, 1.0, 0),
    Case("resnet20 JSON", resnet20, "1,3,32,32", "/v2/models/resnet20/infer", "resnet20.json", JSON, None, None, None, 1.2, 25),
    Case("resnet18 JSON", resnet18, "1,3,224,224", "/v2/models/resnet18/infer", "resnet18.json", JSON, None, None, None, 1.4, 10),
    Case("640x480 JPEG, resnet20", resnet20, "1,3,32,32", "/v1/predict/resnet20", "640x480.jpg", JPEG, None, "640x480.jpg", 0.85, 2.5, 11),
    Case("640x480 JPEG, resnet18", resnet18, "1,3,224,224", "/v1/predict/resnet18", "640x480.jpg", JPEG, None, "640x480.jpg", 0.85, 1.0, 1),
    Case("12 MP JPEG, resnet20", resnet20, "1,3,32,32", "/v1/predict/resnet20", "12MP.jpg", JPEG, None, "12MP.jpg", 0.85, 1.0, 1),
]
CALLERS = tuple(int(callers) for callers in options.callers.split(","))


def verdict(*met):
    return "not judged" if None in met else "met" if all(met) else "**missed**"


def cell(x, form):
    return "" if x is None else format(x, form)


def table():
    head = "| case | callers | raw /s | Saki /s | p50 ms | p99 ms | node /s | FastAPI /s | of raw | of node | of FastAPI | goal |\n|---|---|---|---|---|---|---|---|---|---|---|---|"
    for case in cases:
        if not wanted(case.name):
            continue
        if head:
            print(head, flush=True)
            head = None
        got = collections.defaultdict(list)
        for _ in range(options.rounds):
            if case.of_raw:
                got["raw"].append(raw(case.model, case.shape, 2, case.picture))
            for callers in CALLERS:
                for who, port in (("saki", SAKI), ("node", NODE)) + ((("fastapi", FASTAPI),) if case.fastapi else ()):
                    if peers[who]:
                        got[who, callers].append(wrk(port, case.path, callers, case.body, case.kind, case.header))
        for callers in CALLERS:
            row(case, callers, middle(got["raw"]), got["saki", callers], middle(got["node", callers]), middle(got["fastapi", callers]))


def row(case, callers, ceiling, results, node, slow):
    rate, p50, p99 = middle(results), middle(results, "p50_us") / 1000, middle(results, "p99_us") / 1000
    of_raw, of_node, fast = share(rate, ceiling), share(rate, node), share(rate, slow)
    wants_raw = case.of_raw and callers > 1
    goal = (f"{case.of_raw:.0%} of raw, " if wants_raw else "") + f"{case.of_node}x node" + (f", {case.fastapi}x FastAPI" if case.fastapi else "")
    met = [of_node and of_node >= case.of_node] + ([fast and fast >= case.fastapi] if case.fastapi else []) + ([of_raw and of_raw >= case.of_raw] if wants_raw else [])
    print(f"| {case.name} | {callers} | {cell(ceiling, '.0f')} | {rate:.0f} | {p50:.2f} | {p99:.2f} | {cell(node, '.0f')} | {cell(slow, '.0f')} | {cell(of_raw, '.0%')} | {cell(of_node, '.2f')} | {cell(fast, '.1f')} | {goal}: {verdict(*met)} |", flush=True)


def wanted(name):
    return not options.only or any(word in name for word in options.only.split(","))


def echo():
    got = collections.defaultdict(list)
    for _ in range(options.rounds):
        for callers in CALLERS:
            got["saki", callers].append(wrk(SAKI, "/v2/models/echo/infer", callers, "echo.bin", BINARY, "echo.head"))
            if peers["empty"]:
                got["empty", callers].append(wrk(EMPTY, "/", callers, method="GET"))
    print("\n| echo | callers | Saki /s | empty route /s | share | goal |\n|---|---|---|---|---|---|")
    for callers in CALLERS:
        ours, empty = middle(got["saki", callers]), middle(got["empty", callers])
        part = share(ours, empty)
        goal = "40,000/s and 60 %: " + verdict(ours >= 40_000, part and part >= 0.6) if callers > 1 else "60 %: " + verdict(part and part >= 0.6)
        print(f"| smallest model | {callers} | {ours:.0f} | {cell(empty, '.0f')} | {cell(part, '.0%')} | {goal} |", flush=True)


def added():
    """What a server adds to a call of the engine for one caller: medians, in turns."""
    direct, ours, node = [], [], []
    for _ in range(max(3, options.rounds)):
        direct.append(raw(resnet20, "1,3,32,32", 1))
        for port, into, who in ((SAKI, ours, "saki"), (NODE, node, "node")):
            if peers[who]:
                into.append(wrk(port, cases[0].path, 1, cases[0].body, BINARY, cases[0].header))
    base, mine, other = middle(direct, "p50_us"), middle(ours, "p50_us"), middle(node, "p50_us")
    if base is None:
        return
    print(f"\nAdded latency at one caller, p50 (resnet20 binary, direct {base:.0f} us): Saki {mine - base:.0f} us, node {cell(other and other - base, '.0f')} us; goal 150 us: {verdict(mine - base <= 150)}", flush=True)


def overload():
    path, body = "/v1/predict/resnet18", "640x480.jpg"
    wrk(SAKI, path, 16, body, JPEG, seconds=2)
    peak = max(wrk(SAKI, path, 16, body, JPEG)["per_second"] for _ in range(2))
    head = write("storm.head", f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/jpeg\r\n".encode())
    storm = lambda rate, seconds: json.loads(subprocess.run([at("storm"), str(SAKI), head, at(body), str(rate), str(seconds), "400"], capture_output=True, text=True, check=True).stdout)
    looks, stop = [], threading.Event()
    watch = threading.Thread(target=live, args=(looks, stop))
    watch.start()
    result = storm(10 * peak, options.overload_seconds)
    stop.set()
    watch.join()
    after = storm(0.5 * peak, 8)
    good, time_ = result["in_time"] / peak, max(look for look in looks)
    print(f"\n| overload | offered /s | within 500 ms /s | of peak | p50 ms | p99 ms | refused /s | failed /s | not sent /s | /health/live, slowest s | quiet after s | goal |\n|---|---|---|---|---|---|---|---|---|---|---|---|")
    print(f"| 640x480 JPEG, resnet18, peak {peak:.0f}/s, {options.overload_seconds} s | {result['offered']:.0f} | {result['in_time']:.0f} | {good:.0%} | {result['p50_ms']:.0f} | {result['p99_ms']:.0f} | {result['refused']:.0f} | {result['failed']:.1f} | {result['lost']:.0f} | {time_:.2f} | {after['bad_until']:.1f} | 90 %, 5 s: {verdict(good >= 0.9, after['bad_until'] < 5)} |", flush=True)


def live(looks, stop):
    """Seconds that each look at the probe took meanwhile; 99 for one that was not answered with 200."""
    while not stop.wait(0.5):
        began = time.monotonic()
        try:
            status = urllib.request.urlopen(f"http://127.0.0.1:{SAKI}/health/live", timeout=10).status
        except OSError:
            status = 0
        looks.append(time.monotonic() - began if status == 200 else 99)


def starts():
    """Five models to ready, and the engine alone on the same five, from C, in turns."""
    five = [f"m{i}={resnet20}" for i in range(5)]
    times, engines = [], []
    for turn in range(4):
        process = start([*saki, "serve", *five, "--port", str(SAKI + 5), "--no-auth", "--home", at("home-start")], "start")
        times.append(wait(SAKI + 5, "/health/ready", process=process))
        stop(process)
        began = time.monotonic()
        if os.path.exists(at("raw")):
            subprocess.run([at("raw"), engine, ",".join([resnet20] * 5), "1,3,32,32", "0", "1"], capture_output=True, check=True)
            engines.append({"s": time.monotonic() - began})
    ours, alone = statistics.median(times[1:]), middle(engines, "s")  # the first time the models are tried in a child
    print(f"\nStart to ready with 5 models: {ours:.2f} s (first time, with the trial: {times[0]:.2f} s); the engine alone with the same five, from C: {cell(alone, '.2f')} s; goal 1 s beyond it: {verdict(alone and ours < 1 + alone)}", flush=True)


def memory():
    process = start([*saki, "serve", "--port", str(SAKI + 6), "--no-auth", "--home", at("home-empty")], "empty-server")
    wait(SAKI + 6, "/health/live", process=process)
    time.sleep(3)
    idle = resident(process)
    stop(process)
    print(f"\nIdle memory without models: {idle:.0f} MB; goal 90 MB: {verdict(idle < 90)}", flush=True)


def prepare():
    """Packages of the two networks; made once."""
    for name in ("resnet20", "resnet18"):
        if name == "resnet20" and not os.path.exists(at("resnet20.onnx")):
            os.symlink(os.path.realpath(resnet20), at("resnet20.onnx"))
        if not os.path.isdir(at(f"{name}-package")):
            subprocess.run([*saki, "package", at(name + ".onnx"), "--pipeline", at(name + ".yaml"), "--out", at(f"{name}-package"), "--home", at("home")], check=True, capture_output=True)


def main():
    began = time.monotonic()
    print(f"{time.strftime('%Y-%m-%d %H:%M')}: {os.cpu_count()} processors, load {os.getloadavg()[0]:.2f} at the start, {options.seconds} s a turn, {options.rounds} rounds\n", flush=True)
    inputs("input")
    prepare()
    under_load = [case for case in cases if wanted(case.name)]
    try:
        if under_load or any(wanted(name) for name in ("echo", "added", "overload")):
            peers["saki"] = start([*saki, "serve", f"resnet20={at('resnet20-package')}", f"resnet18={at('resnet18-package')}", f"echo={at('echo.onnx')}", "--port", str(SAKI), "--no-auth", "--home", at("home")], "saki")
            wait(SAKI, "/health/ready", process=peers["saki"])
            inputs(json.load(urllib.request.urlopen(f"http://127.0.0.1:{SAKI}/v2/models/resnet20"))["inputs"][0]["name"])
            peers["node"] = (under_load or wanted("added")) and peer(["node", os.path.join(root, "bench/serving/serve.mjs"), str(NODE), root, work, f"resnet20={resnet20}:32", f"resnet18={resnet18}:224"], "node", NODE)
            peers["fastapi"] = any(case.fastapi for case in under_load) and peer(["/usr/bin/python3", os.path.join(root, "bench/serving/serve_fastapi.py"), str(FASTAPI)], "fastapi", FASTAPI)
            peers["empty"] = wanted("echo") and peer([*bench, "empty-route", str(EMPTY)], "empty", EMPTY)
            load(under_load)
            print(f"\nServer's memory at the end: {resident(peers['saki']):.0f} MB")
        if wanted("start"):
            starts()
        if wanted("memory"):
            memory()
    except Away as why:
        raise SystemExit(str(why))
    finally:
        for process in started:
            stop(process)
    print(f"\ntook {(time.monotonic() - began) / 60:.1f} min, load {os.getloadavg()[0]:.2f} at the end")


def load(under_load):
    for case in under_load:  # all code is compiled before anything counts
        for who, port in (("saki", SAKI), ("node", NODE)) + ((("fastapi", FASTAPI),) if case.fastapi else ()):
            if peers[who]:
                wrk(port, case.path, 8, case.body, case.kind, case.header, seconds=2 if who == "saki" else 1)
    table()
    if wanted("echo"):
        wrk(SAKI, "/v2/models/echo/infer", 8, "echo.bin", BINARY, "echo.head", seconds=3)
        echo()
    if wanted("added"):
        added()
    if wanted("overload"):
        overload()


main()
