"""Runs MLflow's own server (its Flask app, one process) on an SQLite file and a folder of artifacts, both below FOLDER, at a free port of this machine: prints its
address, and ends when its standard input is closed.

    PYTHONPATH=/path/to/mlflow python3 tests/conformance/mlflow_server.py FOLDER

Tried with mlflow 2.21.1.
"""

import logging
import os
import sys
import threading

os.chdir(sys.argv[1])
logging.disable(logging.INFO)
os.environ["_MLFLOW_SERVER_FILE_STORE"] = os.environ["_MLFLOW_SERVER_REGISTRY_STORE"] = "sqlite:///mlflow.db"
os.environ["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "mlflow-artifacts:/"
os.environ["_MLFLOW_SERVER_ARTIFACT_DESTINATION"] = os.path.abspath("mlartifacts")
os.environ["_MLFLOW_SERVER_SERVE_ARTIFACTS"] = "true"

from mlflow.server import app
from werkzeug.serving import make_server

server = make_server("127.0.0.1", 0, app, threaded=True)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(f"http://127.0.0.1:{server.server_port}", flush=True)
sys.stdin.read()
os._exit(0)
