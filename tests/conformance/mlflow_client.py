"""MLflow's own Python client, unchanged, against a running Saki.

    saki up --port 5252 &
    PYTHONPATH=/path/to/mlflow python3 tests/conformance/mlflow_client.py http://127.0.0.1:5252

Ends with 0 when every check held, 1 when one did not, 77 (skipped) when no mlflow client can be imported. Written for mlflow 2.9 to 3.x; tried with 2.21.1 and 3.6.1.
"""

import json
import logging
import math
import os
import sys
import tempfile
import urllib.request
import uuid

try:
    import mlflow
    from mlflow.entities import Dataset, DatasetInput, InputTag, Metric, Param, RunTag, ViewType
    from mlflow.exceptions import MlflowException
    from mlflow.tracking import MlflowClient
except ImportError as missing:
    print(f"skipped: the mlflow client cannot be imported here ({missing})")
    sys.exit(77)

os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
logging.getLogger("mlflow").setLevel(logging.ERROR)
ADDRESS = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:5252"
TAG = uuid.uuid4().hex[:8]
passed, failed = 0, []


def check(what, held):
    global passed
    if held:
        passed += 1
    else:
        failed.append(what)
        print(f"FAILED {what}")


def refused(what, code, call, text=""):
    try:
        call()
    except MlflowException as refusal:
        check(f"{what}: {refusal.error_code} {refusal.message}", refusal.error_code == code and text in refusal.message)
    else:
        check(f"{what} was not refused", False)


def experiments(client):
    name = f"exp {TAG}"
    number = client.create_experiment(name, tags={"team": "vision"})
    found = client.get_experiment(number)
    check("experiment", found.name == name and found.tags == {"team": "vision"} and found.lifecycle_stage == "active")
    check("artifact location", found.artifact_location == f"mlflow-artifacts:/{number}")
    check("by name", client.get_experiment_by_name(name).experiment_id == number)
    check("unknown name", client.get_experiment_by_name("no such") is None)
    refused("second of a name", "RESOURCE_ALREADY_EXISTS", lambda: client.create_experiment(name), "already exists")
    refused("unknown id", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_experiment("987654"), "No Experiment with id=987654 exists")
    client.set_experiment_tag(number, "stage", "trial")
    check("search by tag", [e.experiment_id for e in client.search_experiments(filter_string="tags.stage = 'trial' AND name LIKE 'exp %'", order_by=["creation_time DESC"])][0] == number)
    client.rename_experiment(number, f"renamed {TAG}")
    client.delete_experiment(number)
    check("deleted", number in [e.experiment_id for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)])
    refused("run in a deleted one", "INVALID_PARAMETER_VALUE", lambda: client.create_run(number), "must be in the 'active' state")
    client.restore_experiment(number)
    check("renamed", client.get_experiment(number).name == f"renamed {TAG}")
    return number


def logging_calls(client, number):
    run = client.create_run(number, run_name="first", tags={"mlflow.user": "ada"}).info.run_id
    client.log_param(run, "lr", 0.1)
    client.log_param(run, "lr", 0.1)
    refused("changed param", "INVALID_PARAMETER_VALUE", lambda: client.log_param(run, "lr", 0.2), "Changing param values is not allowed")
    for step in range(10):
        client.log_metric(run, "loss", 1 / (step + 1), timestamp=1000 + step, step=step)
    client.log_metric(run, "nan", math.nan)
    client.log_metric(run, "inf", math.inf)
    client.log_batch(run, metrics=[Metric(f"m {i}", i, 5, 0) for i in range(900)], params=[Param("size", "64")], tags=[RunTag("note", "ünïcode ☃")])
    client.set_tag(run, "gone", "x")
    client.delete_tag(run, "gone")
    refused("absent tag", "RESOURCE_DOES_NOT_EXIST", lambda: client.delete_tag(run, "gone"))
    refused("bad key", "INVALID_PARAMETER_VALUE", lambda: client.log_metric(run, "../up", 1))
    got = client.get_run(run)
    check("params", got.data.params == {"lr": "0.1", "size": "64"})
    check("metrics", got.data.metrics["loss"] == 0.1 and len(got.data.metrics) == 903 and math.isnan(got.data.metrics["nan"]) and got.data.metrics["inf"] > 1e300)
    check("tags", got.data.tags == {"mlflow.user": "ada", "mlflow.runName": "first", "note": "ünïcode ☃"})
    history = client.get_metric_history(run, "loss")
    check("history", [(m.step, m.timestamp, m.value) for m in history] == [(i, 1000 + i, 1 / (i + 1)) for i in range(10)])
    check("no history", client.get_metric_history(run, "never") == [])
    client.log_inputs(run, datasets=[DatasetInput(Dataset("faces", "abc123", "local", "{}"), tags=[InputTag("mlflow.data.context", "train")])])
    inputs = client.get_run(run).inputs.dataset_inputs
    check("inputs", len(inputs) == 1 and inputs[0].dataset.name == "faces" and inputs[0].tags[0].value == "train")
    client.update_run(run, name="second")
    check("renamed run", client.get_run(run).info.run_name == "second" and client.get_run(run).data.tags["mlflow.runName"] == "second")
    client.set_terminated(run, "FINISHED")
    done = client.get_run(run).info
    check("ended", done.status == "FINISHED" and done.end_time >= done.start_time)
    return run


def searches(client, number, run):
    others = [client.create_run(number, run_name=f"r{i}", start_time=100 + i).info.run_id for i in range(5)]
    for i, other in enumerate(others):
        client.log_metric(other, "acc", i / 10)
        client.log_param(other, "net", "resnet" if i % 2 else "mlp")

    def ids(text, order=None):
        return [r.info.run_id for r in client.search_runs([number], filter_string=text, order_by=order or [])]

    check("metric filter", set(ids("metrics.acc > 0.15")) == set(others[2:]))
    check("metric and param", ids("metrics.acc >= 0.1 and params.net = 'mlp'", ["metrics.acc ASC"]) == [others[2], others[4]])
    check("quoted key", ids("metrics.`m 1` = 1") == [run] and ids('metrics."m 1" = 1') == [run])
    check("like", ids("attributes.run_name LIKE 'r%'", ["attributes.start_time ASC"]) == others)
    check("ilike", len(ids("tags.note ILIKE 'ÜNÏ%'")) == 1)
    check("in", set(ids(f"run_id IN ('{others[0]}', '{others[1]}')")) == set(others[:2]))
    check("order, absent last", ids("", ["metrics.acc DESC"])[:5] == others[::-1])
    check("status", ids("status = 'FINISHED'") == [run] and ids("status = 'finished'") == [])
    check("dataset", ids("datasets.name = 'faces' and dataset.context = 'train'") == [run])
    check("absent key", run not in ids("params.net != 'mlp'"))
    refused("or", "INVALID_PARAMETER_VALUE", lambda: ids("metrics.acc > 1 OR metrics.acc < 0"), "Invalid clause(s) in filter string: 'OR'")
    refused("unknown attribute", "INVALID_PARAMETER_VALUE", lambda: ids("attributes.experiment_id = '1'"), "Invalid attribute key")
    page = client.search_runs([number], max_results=4)
    rest = client.search_runs([number], max_results=4, page_token=page.token)
    check("pages", len(page) == 4 and len(rest) == 2 and rest.token is None)
    client.delete_run(others[0])
    check("deleted hidden", others[0] not in ids(""))
    refused("write to a deleted run", "INVALID_PARAMETER_VALUE", lambda: client.log_metric(others[0], "x", 1), "must be in the 'active' state")
    client.restore_run(others[0])
    check("restored", others[0] in ids(""))


def artifacts(client, run):
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plain.txt", "with space.txt", "dog%step%100.txt", "größe.txt"):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(f"content of {name}")
        os.makedirs(os.path.join(folder, "sub"))
        with open(os.path.join(folder, "sub", "big.bin"), "wb") as file:
            file.write(os.urandom(3_000_000))
        client.log_artifacts(run, folder, "out")
        listed = {f.path: (f.is_dir, f.file_size) for f in client.list_artifacts(run, "out")}
        check(f"list {sorted(listed)}", listed.get("out/sub", (False, 0))[0] and listed.get("out/plain.txt") == (False, 20))
        got = client.download_artifacts(run, "out", tempfile.mkdtemp())
        for name in ("plain.txt", "with space.txt", "größe.txt", "sub/big.bin"):
            with open(os.path.join(folder, name), "rb") as sent, open(os.path.join(got, name), "rb") as back:
                check(f"same bytes {name}", sent.read() == back.read())
    client.log_text(run, "hello", "notes/hello.txt")
    check("text", mlflow.artifacts.load_text(f"{client.get_run(run).info.artifact_uri}/notes/hello.txt") == "hello")
    client.log_dict(run, {"a": 1}, "d.json")
    check("root", {f.path for f in client.list_artifacts(run)} == {"out", "notes", "d.json"})


def gate(client, name):
    """A policy refuses both ways into Production, in a form that the client understands; these versions are no packages."""
    body = json.dumps({"name": name, "text": "max_latency_ms: 1000"}).encode()
    headers = {"Content-Type": "application/json"}
    if token := os.environ.get("MLFLOW_TRACKING_TOKEN"):
        headers["Authorization"] = f"Bearer {token}"
    urllib.request.urlopen(urllib.request.Request(f"{ADDRESS}/api/2.0/saki/registry/policy", body, headers)).read()
    refused("gate before a stage", "BAD_REQUEST", lambda: client.transition_model_version_stage(name, "3", "Production"), "integrity: expected")
    refused("gate before an alias", "BAD_REQUEST", lambda: client.set_registered_model_alias(name, "production", "3"), "integrity: expected")
    check("refused stays", client.get_model_version(name, "3").current_stage == "None")


def registry(client, run):
    name = f"model {TAG}"
    client.create_registered_model(name, tags={"task": "faces"}, description="d")
    refused("second model", "RESOURCE_ALREADY_EXISTS", lambda: client.create_registered_model(name), "already exists")
    uri = client.get_run(run).info.artifact_uri
    versions = [client.create_model_version(name, f"{uri}/out", run_id=run, await_creation_for=5) for _ in range(3)]
    check("versions", [str(v.version) for v in versions] == ["1", "2", "3"] and versions[0].status == "READY" and versions[0].current_stage == "None")
    check("download uri", client.get_model_version_download_uri(name, "1") == f"{uri}/out")
    client.transition_model_version_stage(name, "1", "production")
    client.transition_model_version_stage(name, "2", "Production", archive_existing_versions=True)
    check("archived", client.get_model_version(name, "1").current_stage == "Archived" and client.get_model_version(name, "2").current_stage == "Production")
    check("latest", {v.current_stage: str(v.version) for v in client.get_latest_versions(name)} == {"Archived": "1", "Production": "2", "None": "3"})
    check("latest of a stage", [str(v.version) for v in client.get_latest_versions(name, ["production"])] == ["2"])
    refused("unknown stage", "INVALID_PARAMETER_VALUE", lambda: client.transition_model_version_stage(name, "1", "Gold"), "Invalid Model Version stage")
    client.set_registered_model_alias(name, "champion", "2")
    check("alias", str(client.get_model_version_by_alias(name, "champion").version) == "2" and client.get_registered_model(name).aliases == {"champion": "2", "production": "2"})
    check("production is the stage and the alias", str(client.get_model_version_by_alias(name, "production").version) == "2")
    client.delete_registered_model_alias(name, "champion")
    refused("gone alias", "INVALID_PARAMETER_VALUE", lambda: client.get_model_version_by_alias(name, "champion"), "not found")
    refused("reserved alias", "INVALID_PARAMETER_VALUE", lambda: client.set_registered_model_alias(name, "latest", "1"))
    gate(client, name)
    client.set_model_version_tag(name, "3", "checked", "yes")
    check("version search", [str(v.version) for v in client.search_model_versions(f"name = '{name}' and tags.checked = 'yes'")] == ["3"])
    check("version search by run", len(client.search_model_versions(f"run_id = '{run}'")) == 3)
    check("model search", [m.name for m in client.search_registered_models(f"name ILIKE 'MODEL {TAG}'")] == [name])
    client.update_model_version(name, "3", "text")
    client.delete_model_version(name, "3")
    check("number not given again", str(client.create_model_version(name, f"{uri}/out", run_id=run).version) == "4")
    refused("file source", "INVALID_PARAMETER_VALUE", lambda: client.create_model_version(name, "file:///etc/"), "Invalid model version source")
    client.rename_registered_model(name, f"{name} new")
    check("renamed", client.get_model_version(f"{name} new", "2").name == f"{name} new")
    client.delete_registered_model(f"{name} new")
    refused("deleted", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_registered_model(f"{name} new"), "not found")


def logged_models(client, number, run):
    """Logged models, prompts and webhooks of MLflow 3."""
    model = client.create_logged_model(number, name="net", source_run_id=run, tags={"team": "vision"}, params={"depth": "18"}, model_type="cnn")
    check("logged model waits", str(model.status).endswith("PENDING") and model.name == "net" and model.artifact_location == f"mlflow-artifacts:/{number}/models/{model.model_id}/artifacts")
    client.log_metric(run, "acc", 0.75, step=2, model_id=model.model_id)
    client.log_model_params(model.model_id, {"width": "64"})
    client.set_logged_model_tags(model.model_id, {"note": "kept", "other": "goes"})
    client.delete_logged_model_tag(model.model_id, "other")
    client.finalize_logged_model(model.model_id, "READY")
    found = client.get_logged_model(model.model_id)
    check("logged model", str(found.status).endswith("READY") and found.params == {"depth": "18", "width": "64"} and found.tags.get("note") == "kept" and "other" not in found.tags)
    check("its metric", [(m.key, m.value, m.step) for m in found.metrics] == [("acc", 0.75, 2)])
    page = client.search_logged_models([number], filter_string="metrics.acc > 0.5 AND params.depth = '18'", order_by=[{"field_name": "metrics.acc", "ascending": False}])
    check("logged models found", [m.model_id for m in page] == [model.model_id])
    check("logged models not found", len(client.search_logged_models([number], filter_string="name = 'other'")) == 0)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "weights.txt")
        with open(path, "w") as file:
            file.write("w")
        client.log_model_artifact(model.model_id, path)
    name = f"logged {TAG}"
    client.create_registered_model(name)
    version = client.create_model_version(name, f"models:/{model.model_id}", model_id=model.model_id)
    check("version of a logged model", str(version.version) == "1" and version.run_id == run)
    check("its files", client.get_model_version_download_uri(name, "1") == model.artifact_location)
    check("traces", len(client.search_traces(experiment_ids=[number])) == 0)

    prompt = client.register_prompt(f"prompt-{TAG}", "Say {{word}}", commit_message="first")
    check("prompt", str(prompt.version) == "1" and client.load_prompt(f"prompts:/prompt-{TAG}/1").template == "Say {{word}}")
    client.set_prompt_alias(f"prompt-{TAG}", "best", 1)
    check("prompt by alias", client.load_prompt(f"prompts:/prompt-{TAG}@best").version == 1)
    check("prompts apart", f"prompt-{TAG}" in [p.name for p in client.search_prompts()] and f"prompt-{TAG}" not in [m.name for m in client.search_registered_models()])
    client.delete_registered_model(name)
    client.delete_logged_model(model.model_id)
    refused("deleted logged model", "RESOURCE_DOES_NOT_EXIST", lambda: client.get_logged_model(model.model_id))

    hook = client.create_webhook(name=f"hook-{TAG}", url="https://example.com/hook", events=["model_version.created"], secret="s3cret")
    check("webhook", [str(w.name) for w in client.list_webhooks() if w.webhook_id == hook.webhook_id] == [f"hook-{TAG}"])
    client.update_webhook(hook.webhook_id, status="DISABLED")
    client.delete_webhook(hook.webhook_id)
    refused("webhook of prompts", "INVALID_PARAMETER_VALUE", lambda: client.create_webhook(name="p", url="https://example.com/hook", events=["prompt.created"]), "Valid events are")


def fluent(number):
    mlflow.set_tracking_uri(ADDRESS)
    mlflow.set_experiment(f"fluent {TAG}")
    with mlflow.start_run(run_name="with") as run:
        mlflow.log_params({"a": 1, "b": "two"})
        mlflow.log_metrics({"x": 0.5, "y": 2}, step=3)
        mlflow.log_text("t", "t.txt")
        mlflow.set_tags({"k": "v"})
    frame = MlflowClient().get_run(run.info.run_id)
    check("fluent", frame.info.status == "FINISHED" and frame.data.params == {"a": "1", "b": "two"} and frame.data.metrics == {"x": 0.5, "y": 2.0})


def main():
    client = MlflowClient(tracking_uri=ADDRESS, registry_uri=ADDRESS)
    number = experiments(client)
    mlflow.set_tracking_uri(ADDRESS)
    run = logging_calls(client, number)
    searches(client, number, run)
    artifacts(client, run)
    registry(client, run)
    if hasattr(client, "create_logged_model"):
        logged_models(client, number, run)
    fluent(number)
    print(f"mlflow {mlflow.__version__}: {passed} passed, {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main())
