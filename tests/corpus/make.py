#!/usr/bin/env python3
"""Writes the seeds of the fuzzers (tests/Shared/Fuzz.cs): one a line, as a JSON text or as hex:… — nothing but Python's own library is needed.

    python3 tests/corpus/make.py

HTTP seeds begin with a line "PATH<TAB>CONTENT-TYPE<TAB>LENGTH OF THE JSON HEADER OR NOTHING"; the body follows.
"""
import io
import json
import os
import struct
import tarfile
import zipfile

here = os.path.dirname(os.path.abspath(__file__))


def write(name, seeds):
    with open(os.path.join(here, name + ".txt"), "w") as out:
        out.write("# made by make.py\n")
        for seed in seeds:
            if isinstance(seed, bytes):
                try:
                    text = seed.decode("ascii")
                except UnicodeDecodeError:
                    out.write("hex:" + seed.hex() + "\n")
                    continue
            else:
                text = seed
            out.write(json.dumps(text) + "\n")


def http(path, kind, body, header=""):
    body = body.encode() if isinstance(body, str) else body
    return f"{path}\t{kind}\t{header}\n".encode() + body


# --- JSON tensors in four protocols -------------------------------------------------------------------------------------------------------
JSON = "application/json"
infer = "/v2/models/plus/infer"
four = [1.5, -2, 3e2, 0]
write("json", [
    http(infer, JSON, json.dumps({"id": "a", "inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": four}]})),
    http(infer, JSON, json.dumps({"inputs": [{"name": "x", "shape": [2, 4], "datatype": "FP32", "data": [four, four]}], "outputs": [{"name": "y", "parameters": {"classification": 2}}], "parameters": {"priority": 1, "timeout": 100000}})),
    http("/v2/models/plus/versions/1/infer", JSON, '{"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1E-5,0.1,123456789012345678901234567890,-0]}]}'),
    http("/v2/models/text/infer", JSON, '{"inputs":[{"name":"t","shape":[2],"datatype":"BYTES","data":["caf\\u00e9","b"]}]}'),
    http("/v2/models/whole/infer", JSON, '{"inputs":[{"name":"n","shape":[2,2],"datatype":"INT64","data":[[1,-9223372036854775808],[3,4]]}]}'),
    http("/v1/models/plus:predict", JSON, '{"instances":[[1,2,3,4],[5,6,7,8]]}'),
    http("/v1/models/plus:predict", JSON, '{"instances":{"x":[[1,2,3,4]]}}'),
    http("/v1/models/linear:predict", JSON, '{"instances":[{"b64":"R0lGODlhAQABAAAAACw="},{"b64":"data:image/png;base64,iVBORw0KGgo="}]}'),
    http("/invocations?id=plus", JSON, '{"inputs":[[1,2,3,4]]}'),
    http("/invocations?id=plus", JSON, '{"dataframe_split":{"columns":["a","b","c","d"],"data":[[1,2,3,4]]}}'),
    http("/invocations?id=plus", JSON, '{"dataframe_records":[{"a":1,"b":2,"c":3,"d":4}]}'),
    http("/predictions/plus", JSON, '[[1,2,3,4]]'),
    http("/predict_image?top=2", JSON, '{"image":"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"}'),
    http("/v1/predict/linear", JSON, '{"images":["R0lGODlhAQABAAAAACw=","\\/9j\\/"]}'),
    http("/v2/repository/index", JSON, '{"ready":true}'),
    http("/v2/repository/models/plus/load", JSON, '{"parameters":{}}'),
])

# --- Open Inference Protocol with binary tensors -------------------------------------------------------------------------------------------
OCTET = "application/octet-stream"


def oip(path, header, tail):
    text = json.dumps(header)
    return http(path, OCTET, text.encode() + tail, str(len(text)))


floats = struct.pack("<4f", *four)
texts = struct.pack("<I", 3) + b"abc" + struct.pack("<I", 0)
write("oip", [
    oip(infer, {"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "parameters": {"binary_data_size": 16}}], "parameters": {"binary_data_output": True}}, floats),
    oip(infer, {"inputs": [{"name": "x", "shape": [2, 4], "datatype": "FP32", "parameters": {"binary_data_size": 32}}], "outputs": [{"name": "y", "parameters": {"binary_data": True}}]}, floats * 2),
    oip("/v2/models/text/infer", {"inputs": [{"name": "t", "shape": [2], "datatype": "BYTES", "parameters": {"binary_data_size": len(texts)}}], "outputs": [{"name": "u", "parameters": {"binary_data": True}}]}, texts),
    oip("/v2/models/whole/infer", {"inputs": [{"name": "n", "shape": [1, 2], "datatype": "INT64", "parameters": {"binary_data_size": 16}}]}, struct.pack("<2q", 1, -1)),
    oip(infer, {"id": "1", "inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": four}], "parameters": {"binary_data_output": True}}, b""),
    http("/predictions/plus", OCTET, floats),
])

# --- multipart -----------------------------------------------------------------------------------------------------------------------------
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108020000009077 53de0000000c4944415478 9c63f8cfc000000003010100c9fe92ef0000000049454e44ae426082".replace(" ", ""))
GIF = b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"


def parts(path, *files):
    body = b"".join(b'--b\r\nContent-Disposition: form-data; name="image"; filename="' + name.encode() + b'"\r\nContent-Type: image/png\r\n\r\n' + data + b"\r\n" for name, data in files)
    return http(path, "multipart/form-data; boundary=b", body + b"--b--\r\n")


write("multipart", [
    parts("/predict_image", ("a.png", PNG)),
    parts("/predict_image?top=3", ("a.png", PNG), ("..\\b.gif", GIF)),
    parts("/predictions/linear", ("c.png", PNG)),
    http("/v1/predict/linear", "multipart/form-data; boundary=\"quoted b\"", b'--quoted b\r\nContent-Disposition: form-data; filename*=UTF-8\'\'%e2%82%ac.png; name=image\r\n\r\n' + PNG + b"\r\n--quoted b--"),
    http("/predict_image", "image/png", PNG),
    http("/predict_image", "", GIF),
])


# --- protobuf ------------------------------------------------------------------------------------------------------------------------------
def varint(n):
    n &= (1 << 64) - 1
    out = b""
    while True:
        out += bytes([n & 127 | (128 if n > 127 else 0)])
        n >>= 7
        if not n:
            return out


def field(number, value):
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def frame(method, *messages):
    return (method + "\n").encode() + b"".join(b"\0" + struct.pack(">I", len(m)) + m for m in messages)


def tensor(name, kind, shape, contents=b""):
    return field(1, name) + field(2, kind) + field(3, b"".join(varint(n) for n in shape)) + (field(5, contents) if contents else b"")


raw = field(1, "plus") + field(3, "id") + field(5, tensor("x", "FP32", [1, 4])) + field(7, floats)
typed = field(1, "plus") + field(5, tensor("x", "FP32", [1, 4], field(6, floats))) + field(6, field(1, "y") + field(2, field(1, "classification") + field(2, field(2, 2))))
write("grpc", [
    frame("ModelInfer", raw),
    frame("ModelInfer", typed),
    frame("ModelInfer", field(1, "text") + field(5, tensor("t", "BYTES", [2])) + field(7, texts)),
    frame("ModelInfer", field(1, "whole") + field(5, tensor("n", "INT64", [1, 2], field(3, varint(1) + varint(-1))))),
    frame("ModelStreamInfer", raw, typed),
    frame("ModelMetadata", field(1, "plus")),
    frame("ModelReady", field(1, "plus") + field(2, "1")),
    frame("RepositoryIndex", b""),
])

# --- config.pbtxt and the archive's manifest -----------------------------------------------------------------------------------------------
write("config", [
    'name: "plus"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 8\ninput [ { name: "x" data_type: TYPE_FP32 dims: [ 4 ] } ]\noutput [ { name: "y", data_type: TYPE_FP32, dims: [ 4 ], label_filename: "labels.txt" } ]\n',
    'backend: "onnxruntime"\nmax_batch_size: 0 # none\ndynamic_batching { max_queue_delay_microseconds: 500 preferred_batch_size: [4, 8] default_queue_policy { max_queue_size: 16 } }\n',
    'version_policy: { specific { versions: [1, 3] } }\ninstance_group [{ count: 2; kind: KIND_CPU }]\nparameters { key: "a\\"b" value { string_value: \'c\' } }\n',
    "version_policy { latest { num_versions: 2 } }\n",
    "version_policy { all {} }\n",
])
write("manifest", [
    json.dumps({"createdOn": "1", "runtime": "python", "model": {"modelName": "plus", "serializedFile": "model.onnx", "handler": "image_classifier", "modelVersion": "1.0"}, "archiverVersion": "0.12"}),
    json.dumps({"model": {"modelName": "plus", "serializedFile": "model.onnx", "modelVersion": "2"}}),
    json.dumps({"model": {"modelName": "plus", "serializedFile": "model.pt", "handler": "own.py", "modelVersion": "1"}}),
])


# --- archives ------------------------------------------------------------------------------------------------------------------------------
def archive(files, method=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, data in files:
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), data, method)
    return out.getvalue()


def tar(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as t:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    data = bytearray(out.getvalue())
    data[4:8] = b"\0\0\0\0"  # no time of making
    return bytes(data)


def onnx(op="Add", data=None, external=None, dims=(1,), extra=b""):
    """y = x + 1 over rows of four, by hand: ModelProto with one node."""
    initializer = b"".join(field(1, d) for d in dims) + field(2, 1) + field(8, "one")
    if external:
        initializer += field(13, field(1, "location") + field(2, external)) + field(14, 1)
    else:
        initializer += field(9, struct.pack("<f", 1) if data is None else data)
    def value(name):
        shape = field(1, field(2, "N")) + field(1, field(1, 4))
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))
    node = field(1, "x") + field(1, "one") + field(2, "y") + field(3, "node") + field(4, op) + extra
    graph = field(1, node) + field(2, "g") + field(5, initializer) + field(11, value("x")) + field(12, value("y"))
    return field(1, 8) + field(2, "seed") + field(7, graph) + field(8, field(1, "") + field(2, 17))


manifest = json.dumps({"model": {"modelName": "plus", "serializedFile": "model.onnx", "modelVersion": "1"}}).encode()
write("zip", [
    archive([("MAR-INF/MANIFEST.json", manifest), ("model.onnx", onnx())]),
    archive([("MAR-INF/MANIFEST.json", manifest), ("model.onnx", onnx())], zipfile.ZIP_STORED),
    archive([("a/", b""), ("a/b.txt", b"x" * 300)], zipfile.ZIP_STORED),
    archive([("MLmodel", b"{}"), ("SHA256SUMS", b"0" * 64 + b"  MLmodel\n")], zipfile.ZIP_STORED),
])
write("tar", [tar([("MAR-INF/MANIFEST.json", manifest), ("model.onnx", onnx())])])
sub = field(5, field(1, "then_branch") + field(6, field(1, field(4, "Relu") + field(1, "x") + field(2, "z")) + field(2, "inner")) + field(20, 5))
write("onnx", [
    onnx(),
    onnx("Mul"),
    onnx("If", extra=sub),
    onnx(external="weights.bin"),
    onnx(external="../weights.bin"),
    onnx(dims=(1 << 40,)),
    onnx("Tile", dims=(2,), data=struct.pack("<2q", 1 << 30, 1 << 30)),
])
