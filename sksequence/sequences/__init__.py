"""How sequences are held, checked, put into batches and packed by time.

This folder and the loop of the cells are the only places that know of time. Everything
above sees packed rows: one row a step of a sequence, without padding and without masks.
"""

from .._values import object_array
from ._batching import similar_lengths, training_batches
from ._checks import (
    as_ragged,
    check_not_empty,
    check_sequences,
    check_token_range,
    check_width,
    first_that_is_no_integer,
    place_of,
    real_numbers_of,
    refuse_large_ids,
    refuse_one_sequence,
)
from ._entries import (
    entries_of,
    flat,
    refuse_static,
    weights_of_rows,
    with_flat,
    with_static_of,
)
from ._labels import labels_as_ragged
from ._packing import Steps, pack, places, rows_of, unpack
from ._ragged import RaggedArray
from ._static import static_of, static_rows
from ._step_numbers import step_numbers
from ._tables import is_table, width_of_lists
from ._tags import (
    SCHEMES,
    forbidden_by_scheme,
    parse_tag,
    spans_of,
    tags_in_words,
    tags_of,
)
from ._targets import plain_numbers, plain_targets
from ._transitions import check_allowed
from ._units import (
    ROUNDING,
    SMALLEST_UNIT,
    comparable,
    power_of_two,
    unit_of,
    weighted_mean,
)
from ._vectors import as_vectors
from ._weights import (
    check_lengths_agree,
    check_sample_weight,
    check_some_weight,
    check_step_weight,
    check_steps_agree,
    plain_weights,
)

__all__ = [
    "ROUNDING",
    "SCHEMES",
    "SMALLEST_UNIT",
    "RaggedArray",
    "Steps",
    "as_ragged",
    "as_vectors",
    "check_allowed",
    "check_lengths_agree",
    "check_not_empty",
    "check_sample_weight",
    "check_sequences",
    "check_some_weight",
    "check_step_weight",
    "check_steps_agree",
    "check_token_range",
    "check_width",
    "comparable",
    "entries_of",
    "first_that_is_no_integer",
    "flat",
    "forbidden_by_scheme",
    "is_table",
    "labels_as_ragged",
    "object_array",
    "pack",
    "parse_tag",
    "place_of",
    "places",
    "plain_numbers",
    "plain_targets",
    "plain_weights",
    "power_of_two",
    "real_numbers_of",
    "refuse_large_ids",
    "refuse_one_sequence",
    "refuse_static",
    "rows_of",
    "similar_lengths",
    "spans_of",
    "static_of",
    "static_rows",
    "step_numbers",
    "tags_in_words",
    "tags_of",
    "training_batches",
    "unit_of",
    "unpack",
    "weighted_mean",
    "weights_of_rows",
    "width_of_lists",
    "with_flat",
    "with_static_of",
]
