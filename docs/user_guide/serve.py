"""A small HTTP service of a fitted classifier.

pip install "sksequence[io]" fastapi uvicorn websockets
MODEL=model.sks uvicorn serve:app
"""

import os

import numpy as np
from fastapi import FastAPI, HTTPException, WebSocket
from pydantic import BaseModel

from sksequence import io

app, model = FastAPI(), io.load(os.environ["MODEL"])


class Sequences(BaseModel):
    """Sequences of steps, each a row of numbers."""

    sequences: list[list[list[float]]]


@app.post("/predict")
def predict(given: Sequences) -> dict[str, list]:
    """Classes and, for each sequence, their probabilities."""
    try:
        p = model.predict_proba(given.sequences)
    except (TypeError, ValueError) as error:  # it says what is wrong, and where
        raise HTTPException(422, str(error)) from None
    return {"classes": model.classes_.tolist(), "probabilities": p.tolist()}


@app.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    """Steps of one sequence come in, probabilities after each of them go out."""
    await socket.accept()
    try:
        state = model.initial_state()  # of a model that was fitted bidirectional=False
        async for row in socket.iter_json():
            p, state = model.step(np.array([row]), state)
            await socket.send_json(p[0].tolist())
    except (TypeError, ValueError) as error:
        await socket.close(1003, str(error)[:120])
