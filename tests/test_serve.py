"""The HTTP service of the guide."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from sksequence import RNNClassifier

SERVICE = Path(__file__).parent.parent / "docs" / "user_guide" / "serve.py"
RNG = np.random.default_rng(0)
X = [RNG.standard_normal((n, 2)) for n in RNG.integers(2, 7, 20)]


@pytest.fixture
def client(tmp_path, monkeypatch):
    if not SERVICE.exists():
        pytest.skip("the sources are not at hand")
    pytest.importorskip("fastapi")
    pytest.importorskip("skops")
    pytest.importorskip("httpx2")
    from fastapi.testclient import TestClient

    from sksequence import io

    clf = RNNClassifier(4, bidirectional=False, max_iter=2, random_state=0)
    clf.fit(X, ["a", "b"] * 10)
    io.save(clf, tmp_path / "model")
    monkeypatch.setenv("MODEL", str(tmp_path / "model"))
    spec = importlib.util.spec_from_file_location("serve", SERVICE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return TestClient(module.app), clf


def test_predictions(client):
    http, clf = client
    answer = http.post("/predict", json={"sequences": [x.tolist() for x in X[:3]]})
    assert answer.status_code == 200
    assert answer.json()["classes"] == ["a", "b"]
    np.testing.assert_array_equal(
        answer.json()["probabilities"], clf.predict_proba(X[:3])
    )


def test_what_is_wrong_is_said(client):
    http, _ = client
    narrow = http.post("/predict", json={"sequences": [X[0].tolist(), [[1.0]]]})
    assert narrow.status_code == 422
    assert "X[1]" in narrow.json()["detail"]
    assert http.post("/predict", json={"sequences": [["a"]]}).status_code == 422
    uneven = http.post("/predict", json={"sequences": [[[1.0, 2.0], [3.0]]]})
    assert "rows differ in length" in uneven.json()["detail"]


@pytest.mark.parametrize(
    "message", ["[1]", "[1, 2, 3]", "[]", "1", '["a", "b"]', "[null, 1]", "{}", "no"]
)
def test_a_stream_ends_with_what_is_wrong(client, message):
    http, _ = client
    with http.websocket_connect("/stream") as socket:
        socket.send_text(message)
        answer = socket.receive()
    assert answer["type"] == "websocket.close"
    assert answer["code"] == 1003
    assert answer["reason"]


def test_a_stream(client):
    http, clf = client
    with http.websocket_connect("/stream") as socket:
        for t, row in enumerate(X[0]):
            socket.send_json(row.tolist())
            expected = clf.predict_proba([X[0][: t + 1]])[0]
            np.testing.assert_allclose(socket.receive_json(), expected, atol=1e-12)
