"""What the reader of a chapter on serving Keras models writes: Flask around `model.predict`."""

import os
from pathlib import Path

import numpy as np
from flask import Flask, jsonify, request
from keras.models import load_model

app = Flask(__name__)
MODELS = {name: load_model(Path(os.environ["BENCH_STORE"], name, "1", "model.keras")) for name in ("clothes", "houses")}


@app.post("/predict/<name>")
def predict(name):
    """Probabilities or values, one list per row."""
    rows = np.array(request.get_json()["instances"], dtype="float32")
    return jsonify(predictions=MODELS[name].predict(rows, verbose=0).tolist())
