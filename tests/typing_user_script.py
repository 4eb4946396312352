"""What users write, each kind of call once: it runs, and type checkers accept it.

The calls are those of README, the guide and the gallery, on little data. mypy reads
this file with ``--strict``, so each public name that is used here must be annotated.
"""

import tempfile
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any, TypeAlias, assert_type

import joblib
import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
import polars as pl
import pyarrow as pa
import sklearn
from onnx import ModelProto
from scipy import sparse
from sklearn.base import clone
from sklearn.callback import ScoringMonitor
from sklearn.decomposition import PCA
from sklearn.feature_extraction import DictVectorizer
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from sksequence import (
    Checkpoint,
    RaggedArray,
    RNNClassifier,
    RNNGenerator,
    RNNLanguageModel,
    RNNRegressor,
    RNNStepRegressor,
    RNNTagger,
    RNNTranslator,
    io,
)
from sksequence.cells import CELLS, GRUCell, LSTMCell, RNNCell, by_gate
from sksequence.datasets import (
    load_cmudict,
    load_color_names,
    load_first_names,
    load_japanese_vowels,
    load_sunspots,
    make_adding_problem,
    make_copy_memory,
)
from sksequence.inspection import (
    AttentionDisplay,
    AttributionDisplay,
    GatesDisplay,
    GradientFlowDisplay,
    LikelihoodDisplay,
    SequenceTrace,
    SpanConfusionDisplay,
    TraceDisplay,
    TrainingDisplay,
    TransitionsDisplay,
    gradient_norms,
    integrated_gradients,
    permutation_importance,
    trace,
)
from sksequence.metrics import (
    bits_per_character_scorer,
    cross_val_predict,
    exact_match_score,
    exact_match_scorer,
    find_spans,
    flat_classification_report,
    sequence_accuracy_score,
    span_confusion_matrix,
    span_f1_score,
    span_f1_scorer,
    span_precision_score,
    span_recall_score,
    step_mean_absolute_error_scorer,
    step_r2_score,
    token_accuracy_score,
    token_error_rate,
    token_error_scorer,
)
from sksequence.network import Batch, Loss, build_network
from sksequence.onnx import to_onnx
from sksequence.preprocessing import (
    PerStep,
    TokenEncoder,
    convert_tags,
    last_windows,
    read_conll,
    read_word_vectors,
    sliding_windows,
)
from sksequence.sequences import Steps, pack, unpack
from sksequence.training import SCHEDULES, clip_by_global_norm, global_norm

matplotlib.use("agg")
rng = np.random.default_rng(0)
Numbers: TypeAlias = npt.NDArray[np.floating[Any]]
Params: TypeAlias = Mapping[str, Numbers]
TEXTS = ["the cat sat", "a dog ran", "the dog sat", "a cat ran"] * 3


def containers() -> None:
    X = RaggedArray.from_sequences([[[1.0], [2.0]], [[3.0]], [[4.0], [5.0], [6.0]]])
    assert_type(X, RaggedArray)
    assert_type(X[X.lengths > 1], RaggedArray)
    assert_type(X[[0, 2]], RaggedArray)
    assert_type(X[1:], RaggedArray)
    print(X, X[-1].shape, X[0][0], len(X), X.shape, X.dtype, X.offsets)
    print([len(x) for x in X], X.to_list(), X.values.mean(), np.asarray(X).shape)
    values, lengths = X.to_concatenated()
    RaggedArray.from_concatenated(values, lengths).to_padded(fill=0)
    RaggedArray.from_concatenated(np.arange(5.0), lengths=[2, 3])
    padded, lengths = X.to_padded()
    RaggedArray.from_padded([[1.0, 2.0, np.nan], [3.0, 4.0, 5.0]])
    RaggedArray.from_padded(padded, lengths=lengths)
    RaggedArray(np.zeros((3, 2)), [0, 1, 3]).with_values(np.ones(3))
    known = X.with_static([[34, 0], [71, 1], [52, 1]], names=["age", "smokes"])
    assert_type(known, RaggedArray)
    assert known.static is not None
    known.with_static(pd.DataFrame(known.static)).with_static(None)
    assert_type(RaggedArray.concatenate([known, known[1:]]), RaggedArray)

    rows = {"patient": ["b", "a", "b"], "day": [1, 1, 0], "pulse": [61.0, 70.0, 64.0]}
    X, keys = RaggedArray.from_frame(
        rows, by="patient", order_by="day", return_keys=True
    )
    print(X, keys.tolist())
    for frame in (pd.DataFrame(rows), pl.DataFrame(rows), pa.table(rows)):
        X = RaggedArray.from_frame(frame, by=["patient"], columns=["day", "pulse"])
        print(X.to_frame(by="patient").shape)
    given = {
        "patient": ["a", "a", "b"],
        "pulse": [61.0, 70.0, 64.0],
        "age": [34, 34, 71],
    }
    print(RaggedArray.from_frame(given, by="patient", static=["age"]).static_names)
    X, _ = RaggedArray.from_frame(given, by="patient", return_keys=True, static="age")
    told = RNNClassifier(4, bidirectional=False, max_iter=1).fit(X, ["well", "ill"])
    print(told.static_mean_, told.static_scale_)
    told.step(np.array([[61.0]]), told.initial_state(1, static=[34]))
    permutation_importance(told, X, ["well", "ill"], of="static", n_repeats=1)
    rows_of_batch, steps, order = pack(X, np.arange(2))
    print(rows_of_batch, steps.counts, order, unpack(rows_of_batch, steps))


def sequences_of_any_kind() -> None:
    y = [0, 1] * 3
    arrays = [rng.standard_normal((n, 3)) for n in (4, 7, 2, 5, 6, 3)]
    clf = RNNClassifier(hidden_layer_sizes=4, max_iter=1, random_state=0)
    clf.fit(arrays, y).predict(arrays[:2])
    clf.fit(tuple(arrays), np.array(y))
    clf.fit(RaggedArray.from_sequences(arrays), ["up", "down"] * 3)
    clf.fit(rng.standard_normal((6, 5, 3)), y)
    clf.fit(rng.standard_normal((6, 10)), pd.Series(y))
    clf.fit([[[0.0], [1.0]], [[1.0]], [[0.0]], [[2.0], [1.0], [0.0]]], y[:4])
    clf.fit([sparse.random(n, 9, density=0.5, format="csr") for n in (3, 5)], [0, 1])
    clf.fit([sparse.csr_array(np.eye(3)), sparse.csr_array(np.eye(3))], [0, 1])
    clf.fit(pd.Series(arrays), pd.Series(y))
    lists = [x.tolist() for x in arrays]
    clf.fit(pl.Series(lists), pl.Series(y))
    clf.fit(pa.array(lists), y)
    ids = RNNClassifier(4, embedding_dim=4, n_tokens=4, max_iter=1)
    ids.fit([[0, 1, 1], [3, 2], [0], [2]], ["ab", "cd", "ab", "cd"]).predict([[1, 0]])
    print(clf.n_features_in_, clf.classes_, clf.n_iter_, clf.loss_, clf.loss_curve_)


def options_of_a_classifier() -> None:
    X, y = load_japanese_vowels(subset="train", return_X_y=True)
    assert_type(X, RaggedArray)
    X, y = X[::10], y[::10]
    RNNClassifier().set_params(max_iter=1).fit(X, y)
    RNNClassifier(64, cell=GRUCell(), batch_size=9, clip_norm=None, max_iter=1)
    RNNClassifier((64, 64), "rnn_relu", solver="sgd", learning_rate_init=1e-3)
    RNNClassifier([8, 8], cell=LSTMCell("previous"), dense_layer_sizes=(8,))
    RNNClassifier(cell=RNNCell(activation="relu"), dense_layer_sizes=8)
    RNNClassifier(cell=LSTMCell(peephole="current"), dense_activation="tanh")
    RNNClassifier(bidirectional=True, pooling="max", class_weight="balanced")
    RNNClassifier(pooling="mean", class_weight={1: 2.0, 2: 1.0}, dtype="float32")
    RNNClassifier(class_weight=[{0: 1.0, 1: 3.0}, {}])
    RNNClassifier(alpha=1e-4, shuffle=False, tol=0.0, n_jobs=2, verbose=1)
    RNNClassifier(solver="adamw", beta_1=0.8, beta_2=0.99, epsilon=1e-7)
    RNNClassifier(solver="sgd", momentum=0.0, nesterovs_momentum=False)
    RNNClassifier(learning_rate="invscaling", power_t=0.4, dtype="float64")
    RNNClassifier(random_state=np.random.RandomState(0), scoring="balanced_accuracy")

    def halved_after_four(epoch: int) -> float:
        return 0.5 ** max(epoch - 4, 0)

    clf = RNNClassifier(
        (8, 4),
        cell="gru",
        dropout=0.2,
        recurrent_dropout=0.1,
        learning_rate=halved_after_four,
        max_iter=2,
        early_stopping=True,
        validation_fraction=0.4,
        random_state=0,
    ).fit(X, y)
    print(clf.predict(X[:5]), clf.predict_proba(X)[0, 1], clf.predict_log_proba(X[:1]))
    print(clf.decision_function(X).shape, clf.transform(X).shape, clf.score(X, y) > 0)
    print(clf.best_validation_score_, clf.validation_scores_, clf.history_[-1])
    for name, values in clf.params_.items():
        print(f"{name:9} {values.shape}")
    U, W, b = (by_gate(clf.params_[f"rnn0.forward.{name}"], 3) for name in "UWb")
    print(np.vstack([U[0], W[0]]).T.shape, b[:, 0].shape, clf.theta_.size)
    clf = RNNClassifier(4, warm_start=True, max_iter=1).fit(X, y, sample_weight=y)
    clf.set_params(learning_rate_init=0.001).fit(X, y, X_val=X, y_val=y)
    with tempfile.TemporaryDirectory() as folder:
        path, few = Path(folder) / "checkpoint", RNNRegressor(4, max_iter=1)
        few.fit(X, y, checkpoint=Checkpoint(path, every=60.0))
        make_pipeline(PerStep(StandardScaler()), RNNClassifier(4, max_iter=1)).fit(
            X, y, rnnclassifier__checkpoint=f"{path}s"
        )
    clf = RNNClassifier(4)
    for start in range(0, len(X), 9):
        part = slice(start, start + 9)
        clf = clf.partial_fit(X[part], y[part], classes=range(1, 10))
    monitor = ScoringMonitor(scoring="balanced_accuracy")
    RNNClassifier(4, max_iter=1).set_callbacks(monitor).fit(X, y)
    with sklearn.config_context(enable_metadata_routing=True):
        make_pipeline(
            PerStep(StandardScaler()),
            RNNClassifier(4, max_iter=1).set_fit_request(X_val=True, y_val=True),
            transform_input=["X_val"],
        ).fit(X, y, X_val=X, y_val=y)


def searches_and_pipelines() -> None:
    bunch = load_japanese_vowels()
    X, y = bunch.data[::10], bunch.target[::10]
    clf = make_pipeline(
        PerStep(StandardScaler()), RNNClassifier(4, max_iter=1, random_state=0)
    )
    clf = clf.fit(X, y)
    print(clf.predict(X), clone(clf), clf.named_steps["rnnclassifier"].history_)
    search = GridSearchCV(
        clf,
        {
            "perstep__standardscaler__with_mean": [True, False],
            "rnnclassifier__cell": ["gru", GRUCell(reset_after=True)],
        },
        cv=2,
    )
    search = search.fit(X, y)
    print(search.best_params_, search.best_score_)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speakers.joblib"
        joblib.dump(search.best_estimator_, file)
        print(joblib.load(file).predict(X[:5]))
        io.save(search.best_estimator_, file, compress=True, sync=True)
        print(io.load(str(file), mmap_mode="r").predict(X[:5]))
    grid = {"cell__reset_after": [False, True]}
    GridSearchCV(RNNClassifier(4, cell=GRUCell(), max_iter=1), grid, cv=2).fit(X, y)
    cells = [*CELLS, GRUCell(reset_after=True)][-2:]
    pipeline = Pipeline(
        [("scale", PerStep(PCA(2))), ("rnn", RNNClassifier(4, max_iter=1))]
    )
    GridSearchCV(pipeline, {"rnn__cell": cells}, cv=2).fit(X, y)

    X_table, y_table = load_sunspots(n_lags=12, return_X_y=True)
    reg = make_pipeline(
        PerStep(StandardScaler()), RNNRegressor(4, cell="gru", max_iter=1)
    )
    print(reg.fit(X_table, y_table).predict(X_table[:3]))
    exported = to_onnx(reg[-1], target_opset=18)
    assert_type(exported, ModelProto)
    print(len(exported.SerializeToString()))
    scaled = PerStep(StandardScaler()).set_output(transform="default").fit(X, y)
    print(scaled.inverse_transform(scaled.transform(X[:2]))[0].shape)
    print(PerStep(StandardScaler()).partial_fit(X).fit_transform(X).lengths.max())
    print(scaled.get_feature_names_out(), scaled.get_params(), scaled.n_features_in_)


def steps_of_other_kinds() -> None:
    def features(word: str) -> dict[str, str | bool]:
        return {"word": word.lower(), "ending": word[-2:], "capital": word.isupper()}

    X = [[features(word) for word in text.split()] for text in TEXTS[:2]]
    clf = make_pipeline(
        PerStep(DictVectorizer()), RNNClassifier(4, embedding_dim=4, max_iter=1)
    )
    clf.fit(X, ["person", "weather"]).predict([[features("Joanna"), features("hums")]])
    print(PerStep(DictVectorizer()).fit(X).get_feature_names_out())
    talks = [["hello there", "hello", "how are you"], ["go away", "no you go"]]
    print(PerStep(CountVectorizer()).fit_transform(talks)[0].toarray())


def tokens() -> None:
    encoder = TokenEncoder(add_eos=True)
    X = encoder.fit_transform(["The cat sat.", "The dog sat, too."])
    assert_type(X, RaggedArray)
    print(encoder.inverse_transform(X)[1], encoder.inverse_transform([[0, 1], [2]]))
    TokenEncoder(str.split, lowercase=True).fit(["New York is large"])
    TokenEncoder(list).fit(["ACGT"])
    TokenEncoder("char", unk_token=None).fit(["ACGT"]).transform(["GATTACA"])
    TokenEncoder(analyzer="word", token_pattern=r"\w+", min_count=2).fit(TEXTS)
    encoder = TokenEncoder(max_tokens=4).fit([["New York", "is", "large"]])
    TokenEncoder(vocabulary=encoder.get_feature_names_out()).fit(TEXTS)
    print(list(encoder.vocabulary_), encoder.n_tokens_, encoder.counts_)
    print(encoder.get_feature_names_out()[:5], encoder.eos_token)
    for piece in (TEXTS[:2], TEXTS[2:]):
        encoder = encoder.partial_fit(piece)
    encoder.transform(np.array(TEXTS))
    encoder.transform(pd.Series(TEXTS))
    encoder.transform(pl.Series(TEXTS))
    encoder.transform(text for text in TEXTS)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.txt"
        file.write_text("a 0.1 0.2\ncat -0.5 0.4\n")
        vectors = read_word_vectors(file, tokens=encoder.vocabulary_, max_tokens=9)
        TokenEncoder(vocabulary=list(read_word_vectors(str(file)))).fit(TEXTS)
        file.write_text("\n".join(encoder.vocabulary_))
        TokenEncoder(vocabulary=file).fit(TEXTS)
        with file.open(encoding="utf-8") as lines:
            TokenEncoder().fit(lines)
    matrix = encoder.embedding_matrix(vectors, random_state=0)
    encoder.embedding_matrix({"a": [1.0, 2.0]}, embedding_dim=2)
    clf = RNNClassifier(
        4, embedding_dim=2, embedding_init=matrix, embedding_trainable=False, max_iter=1
    )
    clf.fit(encoder.transform(TEXTS), ["x", "y", "x", "y"] * 3)
    print(clf.params_["embedding.E"][encoder.vocabulary_["cat"]])
    make_pipeline(TokenEncoder("char"), RNNClassifier(4, embedding_dim=2, max_iter=1))


def regressors() -> None:
    X, y = make_adding_problem(20, 6, random_state=0)
    assert_type(X, npt.NDArray[np.float64])
    reg = RNNRegressor(4, learning_rate="one_cycle", batch_size=5, max_iter=1)
    print(reg.fit(X, y).score(X, y), reg.predict(X[:2]).shape, reg.transform(X).shape)
    ragged, y = make_adding_problem(20, 6, min_steps=2, random_state=0)
    assert_type(ragged, RaggedArray)
    reg.fit(ragged, y, sample_weight=[1.0] * 20, X_val=ragged, y_val=y)
    print(reg.fit(ragged, np.column_stack([y, y])).predict(ragged).shape)
    reg = RNNRegressor(4, random_state=0).partial_fit(X, y, sample_weight=np.ones(20))
    upper = RNNRegressor(4, loss="quantile", quantile=0.9, max_iter=1).fit(X, y)
    print(upper.predict(X) >= reg.predict(X))
    result = permutation_importance(reg, X, y, of="steps", n_repeats=2)
    print(result.importances_mean.argmax(), result.feature_names)
    days = [[{"sky": "clear"}, {"sky": "grey", "wind": 2.0}]] * 4
    pipe = make_pipeline(PerStep(DictVectorizer()), RNNRegressor(4, max_iter=1))
    pipe.fit(days, [1.0, 2.0, 1.0, 2.0])
    print(permutation_importance(pipe, days, [1.0, 2.0, 1.0, 2.0]).feature_names)
    numbers = [x.cumsum(axis=0) for x in ragged]
    each = RNNStepRegressor(4, max_iter=1).fit(ragged, numbers)
    print(each.predict(ragged)[0].shape, step_r2_score(numbers, each.predict(ragged)))
    cross_val_score(each, ragged, numbers, scoring=step_mean_absolute_error_scorer)


def one_step_at_a_time() -> None:
    X, y = make_adding_problem(20, 6, random_state=0)
    clf = RNNClassifier(4, bidirectional=False, max_iter=1).fit(X, y > 1)
    p, state = clf.step(X[:2, 0], clf.initial_state(n_sequences=2))
    for t in range(1, 6):
        p, state = clf.step(X[:2, t], state)
    p, state = clf.step([[0.5, 0.0], [0.25, 1.0]], state)
    print(p.argmax(axis=1), clf.staged_predict(X)[0], clf.staged_predict_proba(X)[0])
    reg = RNNRegressor(4, max_iter=1).fit(X, y)
    number, _ = reg.step(X[:1, 0], reg.initial_state())
    print(number.shape, [len(numbers) for numbers in reg.staged_predict(X)])


def forecasts() -> None:
    series = load_sunspots().data
    X, y = sliding_windows(series, 8, horizon=2, stride=3)
    assert_type(X, npt.NDArray[np.floating[Any]])
    reg = RNNRegressor(4, max_iter=1).fit(X, y)
    print(reg.predict(last_windows(series, 8)).shape)
    frame = pd.DataFrame({"load": series, "heat": -series})
    X, y, index = sliding_windows(
        [frame, frame[:50]],
        8,
        gap=1,
        target="load",
        future_exog=[series.tolist(), series[:50]],
        missing="drop",
        return_index=True,
    )
    print(X.shape, y.shape, index[:, 0])
    sliding_windows(RaggedArray.from_sequences([series]), 8, target=[0])


def taggers() -> None:
    words, phones = load_cmudict(return_X_y=True)
    assert_type(words, list[str])
    X = [[p.rstrip("012") for p in word] for word in phones[::400]]
    y = [[p[-1] if p[-1] in "012" else "-" for p in word] for word in phones[::400]]
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    pipeline = make_pipeline(
        TokenEncoder(), RNNTagger(4, bidirectional=True, embedding_dim=4, max_iter=1)
    )
    predicted = pipeline.fit(X_train, y_train).predict(X_test)
    print(pipeline.score(X_test, y_test), pipeline[-1].classes_.tolist())
    print(token_accuracy_score(y_test, predicted))

    encoder = TokenEncoder()
    ids = encoder.fit_transform(X)
    tagger = RNNTagger(
        4, embedding_dim=4, n_tokens=encoder.n_tokens_, decoder="crf", max_iter=1
    ).fit(ids, y)
    found = tagger.predict_n_best(ids[:1], n=3)[0]
    labels, log_p = found[0]
    print(labels.tolist(), np.exp(log_p), tagger.score_samples(ids[[0]], [labels]))
    print(tagger.predict(ids)[0].tolist(), tagger.predict_proba(ids)[0][2].round(1))
    print(tagger.predict_log_proba(ids)[0].shape, tagger.transform(ids)[0].shape)
    print(tagger.transition_features_["1", "-"], tagger.transitions_.shape)
    weights = [np.array([label != "2" for label in labels]) * 1.0 for labels in y]
    tagger.fit(ids, y, sample_weight=weights)
    RNNTagger(4, embedding_dim=4, constraints=[("0", None), ("1", "1")])

    def words_right(tagger: RNNTagger, X: RaggedArray, y: list[list[str]]) -> float:
        pairs = zip(tagger.predict(X), y, strict=True)
        return float(np.mean([np.array_equal(p, t) for p, t in pairs]))

    tagger.set_params(scoring=words_right, early_stopping=True).fit(ids, y)

    spans = [["O", "B-X", "I-X", "O"], ["B-Y", "I-Y"]]
    steps = [rng.standard_normal((n, 2)) for n in (4, 2)]
    bio = RNNTagger(4, constraints="bio", max_iter=1).fit(steps, spans)
    file = StringIO("a B-X\nb I-X\n\nc O\n")
    words, read = read_conll(file)
    assert_type(read, list[list[str]])
    words, nothing = read_conll(StringIO("a\n"), tags=None)
    assert_type(nothing, None)
    dicts, _ = read_conll(StringIO("a B"), names=["word", "tag"], as_dicts=True)
    print(convert_tags(read, "bio", "bilou"), words[0][0], dicts[0][0]["word"])
    RNNTagger(4, constraints="bilou", max_iter=1)
    several = [np.array([[0, 1]] * 4), np.array([[1, 1]] * 2)]
    RNNTagger(4, max_iter=1).fit(steps, several).predict_proba(steps)
    RNNTagger(4, max_iter=1).fit(steps, [[0, 1, 1, 0], [True, False]])
    TransitionsDisplay.from_estimator(tagger, labels=["0", "1"]).plot(cmap="PiYG")
    scores = cross_val_score(bio, steps * 2, spans * 2, scoring=span_f1_scorer, cv=2)
    print(scores.mean())
    p = cross_val_predict(tagger, ids, y, cv=2, method="predict_proba")
    print(p[0].shape)


def metrics() -> None:
    y_true = [["B-PER", "I-PER", "O", "B-LOC"], ["O", "B-LOC"]]
    y_pred = [["B-PER", "I-PER", "O", "O"], ["O", "B-PER"]]
    assert_type(span_f1_score(y_true, y_pred), float)
    assert_type(span_recall_score(y_true, y_pred, average=None), dict[str, float])
    print(round(span_precision_score(y_true, y_pred, average="macro"), 3))
    for kind, start, stop in find_spans(["B-PER", "I-PER", "O", "B-LOC"]):
        print(kind.lower(), start + stop)
    print(sequence_accuracy_score(y_true, y_pred, sample_weight=[1, 3]))
    print(token_accuracy_score(y_true, y_pred, sample_weight=[[1, 0, 0, 1], [1, 1]]))
    print(token_accuracy_score(np.eye(2, dtype=int), [[0, 1], [1, 1]]))
    print(token_accuracy_score([["A", None], ["B"]], [["A", "B"], ["B"]]))
    print(flat_classification_report(y_true, y_pred, zero_division=0))
    print(exact_match_score(["K AE T", "D AO G"], ["K AE T", "D AH G"]))
    print(token_error_rate(["K AE T"], [["K", "AE"]], sample_weight=[2]))
    print(token_error_rate([[1, 2]], [np.array([1, 2, 3])]))
    print(token_error_rate(["ab"], ["ac"], analyzer="char"))


def language_models() -> None:
    names, sexes = load_first_names(return_X_y=True)
    print(sexes[0].upper())
    names = names[:60]
    model = RNNLanguageModel(4, analyzer="char", max_iter=1, random_state=0)
    model = model.fit(names)
    print(model.score(names), model.perplexity(names, count_unknown="token"))
    print(model.score_samples(["Anna", "Hanna"]), model.log_likelihoods(["Anna"])[0])
    print(model.bits_per_character(names), model.predict(["Ann", "Han"]).tolist())
    print(model.predict_proba(["Ann"])[0][-1].argmax(), model.transform(names).shape)
    print(list(model.tokens_).index("a"), model.encoder_.vocabulary_["a"])
    state = model.initial_state()
    log_p, state = model.step([model.encoder_.eos_token], state)
    log_p, _ = model.step(["A"], state)
    print(np.exp(log_p[0]).sum() / model.n_tokens_)
    print(model.sample(3, prefix="Mar", temperature=0.7, random_state=0))
    print(model.sample(2, top_k=5, top_p=0.8, max_length=4, no_repeat_ngram=1))
    letters = model.iter_sample(prefix="A", random_state=0)
    print([next(letters) for _ in range(5)])
    (best, log_p_best), *others = model.beam_search(prefix="Ma", n_best=3, beam_size=4)
    print(best, log_p_best, others, model.beam_search(length_penalty="avg")[0])

    tunes = [[60, 62, 64, 62, 60], [60, 64, 67], [67, 64, 62, 60]] * 3
    notes = RNNLanguageModel(4, max_iter=1, random_state=0).fit(tunes)
    print(notes.predict([[60, 62]]), notes.sample(prefix=[60, 64])[0][:2])
    words = RNNLanguageModel(
        4, encoder=TokenEncoder(str.split), output="sampled", n_sampled=5, max_iter=1
    )
    words.fit(TEXTS, X_val=TEXTS[:2], sample_weight=np.ones(12))
    RNNLanguageModel(4, max_iter=1, max_tokens=9).fit([t.split() for t in TEXTS])
    zaremba = RNNLanguageModel(
        (4, 4), contiguous=True, bptt_length=5, batch_size=2, embedding_dim=4,
        tie_weights=True, init_range=0.1, solver="sgd", momentum=0.0,
        input_dropout=0.1, output_dropout=None, learning_rate="invscaling", max_iter=1,
    ).fit(" ".join(TEXTS))  # fmt: skip
    zaremba.partial_fit("\n".join(TEXTS))
    GridSearchCV(
        RNNLanguageModel(4, max_iter=1),
        {"analyzer": ["word", "char"]},
        scoring=bits_per_character_scorer,
        cv=2,
    ).fit(TEXTS)
    settings: dict[str, Any] = {"embedding_dim": 4, "dropout": 0.3, "max_iter": 1}
    RNNLanguageModel(4, **settings).fit(TEXTS)
    text = "the cat sat on the mat. " * 5
    flow = RNNLanguageModel(4, "lstm", analyzer="char", contiguous=True, max_iter=1)
    flow.fit(text)
    print(gradient_norms(flow, text, max_lag=5, n_positions=2)["rnn0.h"].shape)
    display = GradientFlowDisplay.from_estimator(
        flow, text, state="rnn0.c", max_lag=5, label="lstm", random_state=0
    )
    GradientFlowDisplay(display.norms).plot(display.ax_, label="again")
    display.figure_.suptitle("Gradients")


def outputs() -> None:
    french = ["il pleut", "il neige", "elle chante", "il chante"] * 3
    english = ["it rains", "it snows", "she sings", "he sings"] * 3
    model = RNNTranslator(4, max_iter=1, random_state=0).fit(french, english)
    print(model.predict(["il pleut"], beam_size=2, max_length=4, length_penalty="wu"))
    for text, log_p in model.predict_n_best(["il pleut"], 3, beam_size=4)[0]:
        print(text, round(log_p, 1))
    print(model.attention_weights(["il neige"], ["it snows"])[0].shape)
    print(model.attention_weights(["il neige"])[0].shape, model.transform(french).shape)
    print(model.score(french, english), model.score_samples(french, english))
    print(model.sample(french[:2], 2, top_k=3, random_state=0), model.tokens_)
    print(cross_val_score(model, french, english, scoring=exact_match_scorer, cv=2))
    print(cross_val_score(model, french, english, scoring=token_error_scorer, cv=2))
    frames = [rng.standard_normal((n, 6)) for n in rng.integers(3, 9, 12)]
    RNNTranslator(
        4, cell="gru", bidirectional=False, attention=None, target_analyzer="char",
        label_smoothing=0.1, learning_rate="one_cycle", max_iter=1,
    ).fit(frames, english).predict(frames[:1])  # fmt: skip
    RNNTranslator(
        4, source_encoder=TokenEncoder("char"), source_embedding_dim=4, max_iter=1,
        share_vocabulary=False, replace_unk=True,
    ).fit(french, [text.split() for text in english])  # fmt: skip

    colors, names = load_color_names(return_X_y=True)
    X = colors[:20] / 127.5 - 1
    generator = RNNGenerator(4, condition="every_step", max_iter=1, max_length=5)
    print(generator.fit(X, names[:20]).predict([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]))
    print(generator.sample(X[:2], 3, temperature=0.6, random_state=0))
    (found,) = generator.predict_n_best([[-0.9, -0.8, 0.1]], 5, beam_size=6)
    print([text for text, _ in found])
    print(generator.sample(X[:2], prefix="a"), generator.predict(X[:2], prefix=["a"]))
    rows = sparse.csr_matrix(X)
    print(RNNGenerator(4, max_iter=1, max_length=5).fit(rows, names[:20]).predict(rows))
    alone = RNNGenerator(4, analyzer="word", max_iter=1, max_length=5)
    print(alone.fit(None, names[:20], y_val=names[:3]).sample(n_samples=2))


def traces() -> None:
    X = [[[0.0], [1.0], [1.0]], [[1.0], [0.0]]]
    y = [["u", "v", "v"], ["v", "u"]]
    tagger = RNNTagger(4, "lstm", bidirectional=False, max_iter=1, random_state=0)
    tagger.fit(X, y)
    found = trace(tagger, X[0], y[0], gradients=True)
    assert_type(found, SequenceTrace)
    print(found, list(found), found["Gamma_f"].shape, found.loss)
    if found.gradients is not None:
        print(np.linalg.norm(found.gradients["a"], axis=1))
    TraceDisplay(found).plot(["Gamma_u", "c", "y_hat"], units=[0, 1], kind="lines")
    display = TraceDisplay.from_estimator(
        tagger, X[0], names="a", tokens=["one", "two", "three"]
    )
    print(len(display.axes_), display.figure_)
    added = integrated_gradients(tagger, X, "v", step=[0, -1], baseline=[0.5])
    assert_type(added, RaggedArray)
    print(added.lengths, added[0].sum(axis=1))
    drawn = AttributionDisplay.from_estimator(tagger, X[0], step=1, feature_names=["z"])
    print(drawn.attributions, drawn.ax_, drawn.figure_)
    AttributionDisplay(added[0], x=np.array(X[0]), tokens=["a", "b", "c"]).plot()


def pictures() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((12, 5, 2))
    y = np.arange(12) % 2
    clf = RNNClassifier(4, pooling="attention", max_iter=2, random_state=0)
    clf.fit(X, y, X_val=X[:4], y_val=y[:4])
    training = TrainingDisplay.from_estimator(clf, names=["loss"], label="one")
    training.plot("loss", label="again", ax=training.axes_)
    print(training.lines_["loss"].get_ydata(), training.best_epoch)
    attention = AttentionDisplay.from_estimator(clf, X[0], tokens=list("abcde"))
    print(attention.plot(as_text=True).weights.sum())
    gates = GatesDisplay.from_estimator(clf, X[0], names="Gamma_u", kind="heatmap")
    print(gates.axes_[0].get_ylabel())
    model = RNNLanguageModel(4, max_iter=1, random_state=0).fit(["a b", "b a"])
    likelihood = LikelihoodDisplay.from_estimator(model, ["a a", "b b"], vmin=0.01)
    print(likelihood.texts_[0].get_text(), likelihood.colorbar_.extend)
    LikelihoodDisplay.from_predictions(["a", "b"], [-1.0, -2.0], separator="")
    LikelihoodDisplay.from_predictions([["a"], ["b"]], [[-1.0], [-2.0]])
    y_true, y_pred = [["B-PER", "I-PER", "O"]], [["B-PER", "O", "B-LOC"]]
    counted = span_confusion_matrix(y_true, y_pred, labels=["PER"], normalize="true")
    SpanConfusionDisplay(counted.exact, counted.boundary, counted.labels).plot()
    spans = SpanConfusionDisplay.from_predictions(y_true, y_pred, cmap="Greens")
    print(spans.exact.sum(), spans.text_.shape)


def cells() -> None:
    ids, answers = make_copy_memory(4, 5, n_memory=2, n_symbols=3, random_state=0)
    print(ids.shape == answers.shape)
    cell = LSTMCell()
    params = {name: np.zeros(shape) for name, shape in cell.shapes(1, 1).items()}
    cell.init(params, np.random.RandomState(0))
    steps = Steps([7])
    H, (h, c), tape = cell.forward(params, np.zeros((7, 1)), steps)
    grads = {name: np.zeros_like(values) for name, values in params.items()}
    _, (dh, dc) = cell.backward(params, grads, np.ones_like(H), tape)
    print(h.shape, c[0, 0], dh.shape, dc.shape)
    print(GRUCell(reset_after=True).shapes(n_features=3, n_units=5))


class LeakyCell(RNNCell):
    def __init__(self, keep: float = 0.5) -> None:
        super().__init__()
        self.keep = keep

    def init(self, params: Params, rng: np.random.RandomState) -> None:
        super().init(params, rng)
        params["b"][:] = self.keep


class HalfSquaredLoss(Loss):
    def value_and_gradient(
        self, scores: Numbers, targets: npt.NDArray[Any], weights: Numbers
    ) -> tuple[float, Numbers]:
        d = scores - targets
        return float((weights * (d * d).sum(axis=1)).sum() / 2), d * weights[:, None]


def own_parts() -> None:
    X, y = make_adding_problem(20, 6, random_state=0)
    reg = RNNRegressor(4, cell=LeakyCell(), max_iter=1).fit(X, y)
    print(reg.y_mean_.shape, reg.n_features_in_, reg.architecture_["cell"])
    network = build_network(
        n_features=2,
        n_outputs=1,
        hidden_layer_sizes=(4,),
        cell=LeakyCell(),
        head=("linear", {"loss": HalfSquaredLoss()}),
    )
    theta = network.init(np.random.RandomState(0), np.float64)
    rows, steps, _ = pack(RaggedArray.from_sequences(X), np.arange(3))
    batch = Batch(rows, steps, np.ones((len(rows), 1)), np.ones(len(rows)))
    loss, gradients = network.loss_and_gradients(theta, batch)
    print(loss, gradients.to_vector().shape == theta.shape)
    gradient = np.array([3.2, 0.9])
    assert_type(global_norm([gradient]), float)
    print(clip_by_global_norm([gradient], norm=2.0, clip_norm=1.0), gradient)
    print([factor(0, 10, 0.5) for factor in SCHEDULES.values()])


def mistakes() -> None:
    """What type checkers refuse; mypy tells if one of these is accepted. Never run."""
    X = RaggedArray.from_sequences([[1.0]])
    X.from_frame({"a": [1]}, by=0)  # type: ignore[call-overload]
    TokenEncoder(analyzer="words")  # type: ignore[arg-type]
    TokenEncoder(unk_token=0)  # type: ignore[arg-type]
    TokenEncoder().inverse_transform(["text"])  # type: ignore[list-item]
    PerStep(StandardScaler()).transform(3)  # type: ignore[arg-type]
    load_japanese_vowels(subset="both")  # type: ignore[call-overload]
    load_sunspots(return_X_y=True)  # type: ignore[call-overload]
    make_adding_problem(n_samples=9.5)  # type: ignore[call-overload]
    token_accuracy_score([1, 2], [1, 2])  # type: ignore[list-item]
    span_f1_score([["O"]], [["O"]], average="all")  # type: ignore[call-overload]
    exact_match_score(["a"], 1)  # type: ignore[arg-type]
    permutation_importance(RNNRegressor(), X, [1], of="time")  # type: ignore[arg-type]


def main() -> None:
    containers()
    sequences_of_any_kind()
    options_of_a_classifier()
    searches_and_pipelines()
    steps_of_other_kinds()
    tokens()
    regressors()
    one_step_at_a_time()
    forecasts()
    taggers()
    metrics()
    language_models()
    outputs()
    traces()
    pictures()
    cells()
    own_parts()


if __name__ == "__main__":
    main()
