"""Makes an SQLite file with MLflow's own store, and files beside it: what `saki import mlflow` is tested on.

    PYTHONPATH=/path/to/mlflow python3 tests/conformance/mlflow_store.py FOLDER

Prints what it made as JSON. Tried with mlflow 2.21.1.
"""

import json
import logging
import os
import sys

os.chdir(sys.argv[1])
logging.disable(logging.INFO)

from mlflow.entities import Dataset, DatasetInput, ExperimentTag, InputTag, Metric, Param, RunStatus, RunTag
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore as RegistryStore
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore as TrackingStore

RUNS, POINTS = 20, 500
tracking = TrackingStore("sqlite:///mlflow.db", os.path.abspath("mlruns"))
experiment = tracking.create_experiment("real", tags=[ExperimentTag("team", "x")])
runs = []
for i in range(RUNS):
    run = tracking.create_run(experiment, "ada", 1000 + i, [RunTag("k", "v")], f"run {i}").info
    runs.append(run.run_id)
    points = [Metric("loss", 1 / (n + 1), 2000 + n, n) for n in range(POINTS)]
    tracking.log_batch(run.run_id, points + [Metric("nan", float("nan"), 1, 1), Metric("inf", float("inf"), 1, 1)], [Param("lr", str(i))], [RunTag("a b", "größe")])
    tracking.log_inputs(run.run_id, [DatasetInput(Dataset("d", "abc", "local", "here"), [InputTag("mlflow.data.context", "train")])])
    os.makedirs(f"mlruns/{experiment}/{run.run_id}/artifacts/m")
    with open(f"mlruns/{experiment}/{run.run_id}/artifacts/m/f.bin", "wb") as content:
        content.write(os.urandom(10_000 + i))
    tracking.update_run_info(run.run_id, RunStatus.FINISHED, 5000 + i, None)
tracking.delete_run(runs[3])

registry = RegistryStore("sqlite:///mlflow.db")
registry.create_registered_model("finch", description="a bird")
for _ in range(3):
    registry.create_model_version("finch", f"{run.artifact_uri}/m", run.run_id)
registry.transition_model_version_stage("finch", "2", "Production", False)
registry.set_registered_model_alias("finch", "champ", "3")
registry.delete_model_version("finch", "1")
print(json.dumps({"runs": runs, "points": RUNS * (POINTS + 2)}))
