"""FastAPI by hand, pydantic in and out; the answer is written by pydantic's serializer, as FastAPI advises over orjson.

Bodies go to pydantic as bytes: a parameter of the model's type would be parsed by `json` first, and is a fifth slower.
The endpoints are `async` because a run takes microseconds: a thread pool would cost more than it frees.
"""

import os
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import onnxruntime
from fastapi import FastAPI, HTTPException, Request
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

SESSIONS: dict[str, onnxruntime.InferenceSession] = {}


class Images(BaseModel):
    """Images as nested lists."""

    model_config = ConfigDict(extra="forbid")
    instances: list[list[list[FiniteFloat]]]


class Houses(BaseModel):
    """Rows of numbers."""

    model_config = ConfigDict(extra="forbid")
    instances: list[list[FiniteFloat]]


class Answer(BaseModel):
    """One list per row."""

    predictions: list[list[float]]


@asynccontextmanager
async def lifespan(_: FastAPI):
    """Open the sessions, each with one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    for name in ("clothes", "houses"):
        path = Path(os.environ["BENCH_STORE"], name, "1", "model.onnx")
        SESSIONS[name] = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    yield
    SESSIONS.clear()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(ValidationError)
async def refuse(_: Request, error: ValidationError) -> JSONResponse:
    """A body that does not fit its model."""
    return JSONResponse({"detail": jsonable_encoder(error.errors(include_url=False, include_context=False))}, 422)


@app.post("/predict/clothes")
async def predict_clothes(request: Request) -> Answer:
    """The probabilities of each class."""
    return predict("clothes", Images.model_validate_json(await request.body()).instances, (28, 28))


@app.post("/predict/houses")
async def predict_houses(request: Request) -> Answer:
    """The value of each house."""
    return predict("houses", Houses.model_validate_json(await request.body()).instances, (8,))


def predict(name: str, instances: list, shape: tuple[int, ...]) -> Answer:
    """Check the shape and run the model."""
    try:
        rows = np.array(instances, dtype=np.float32)
    except ValueError as error:
        raise HTTPException(422, "The rows are ragged.") from error
    if rows.shape[1:] != shape or not len(rows):
        raise HTTPException(422, f"Each row must have the shape {shape}.")
    (outputs,) = SESSIONS[name].run(None, {"row": rows})
    return Answer(predictions=outputs.tolist())
