"""The front page's chooser: what goes in and comes out, drawn, with links."""

from html import escape
from typing import NamedTuple

X, Y, A = "x", "y", "a"  # what a box holds: an input, an output, a state


class Kind(NamedTuple):
    """One kind of problem: its drawing, and where to read on."""

    question: str
    example: str
    estimator: str
    page: str  # from the root of the site, without the ending
    inputs: tuple[int, ...]  # columns of the drawing
    outputs: tuple[int, ...]
    n_states: int = 4
    section: str = ""  # of the page, with its #


KINDS = [
    Kind(
        "A label for each sequence?",
        "Who speaks? Which activity?",
        "RNNClassifier",
        "user_guide/time_series",
        (0, 1, 2, 3),
        (3,),
    ),
    Kind(
        "A label for each text?",
        "Spam? Which language? What is asked?",
        "RNNClassifier",
        "user_guide/text_recipes",
        (0, 1, 2, 3),
        (3,),
    ),
    Kind(
        "A number for each sequence?",
        "What comes next? How many visits?",
        "RNNRegressor",
        "user_guide/forecasting",
        (0, 1, 2, 3),
        (3,),
    ),
    Kind(
        "A label for each step?",
        "Which word is a name? Which frame is a fault?",
        "RNNTagger",
        "user_guide/tag_recipes",
        (0, 1, 2, 3),
        (0, 1, 2, 3),
    ),
    Kind(
        "A number for each step?",
        "How far does the river rise? How much life is left?",
        "RNNStepRegressor",
        "user_guide/time_series",
        (0, 1, 2, 3),
        (0, 1, 2, 3),
        section="#numbers-at-every-step",
    ),
    Kind(
        "A sequence from a sequence?",
        "Translate, pronounce, rewrite",
        "RNNTranslator",
        "user_guide/translation",
        (0, 1),
        (2, 3),
    ),
    Kind(
        "A sequence from a row of numbers?",
        "A name for a color, a caption",
        "RNNGenerator",
        "user_guide/one_to_many",
        (0,),
        (0, 1, 2, 3),
    ),
    Kind(
        "How likely is a text? More like it?",
        "Names, melodies, logs, sentences",
        "RNNLanguageModel",
        "user_guide/language_models",
        (0, 1, 2, 3),
        (0, 1, 2, 3),
    ),
    Kind(
        "No steps at all?",
        "A table, each row by itself",
        "scikit-learn",
        "user_guide/something_else",
        (),
        (),
        0,
    ),
]

SIDE, GAP = 22, 16  # of a box, and between two


def drawing(kind):
    """Boxes of inputs, states and outputs, one column a step, as SVG."""
    if not kind.n_states:
        return table()
    width = kind.n_states * (SIDE + GAP) - GAP + 2
    parts = []
    for t in range(kind.n_states):
        x = 1 + t * (SIDE + GAP)
        if t:
            parts.append(arrow(x - GAP, 47, x - 2, 47))
        parts.append(box(x, 36, A))
        if t in kind.inputs:
            parts += [box(x, 72, X), arrow(x + SIDE / 2, 72, x + SIDE / 2, 60)]
        if t in kind.outputs:
            parts += [box(x, 0, Y), arrow(x + SIDE / 2, 36, x + SIDE / 2, 24)]
    return svg(width, parts)


def table():
    """Rows and columns, without an order in time."""
    cells = [
        f'<rect class="x" x="{1 + 26 * j}" y="{1 + 24 * i}" width="22" height="20"/>'
        for i in range(4)
        for j in range(5)
    ]
    return svg(132, cells)


def box(x, y, kind):
    return (
        f'<rect class="{kind}" x="{x}" y="{y + 1}" width="{SIDE}" height="{SIDE}" '
        'rx="4"/>'
    )


def arrow(x, y, to_x, to_y):
    return f'<path d="M{x:g} {y + 1:g} L{to_x:g} {to_y + 1:g}" marker-end="url(#to)"/>'


def svg(width, parts):
    return (
        f'<svg viewBox="0 0 {width} 96" width="{width}" height="96" '
        f'aria-hidden="true">{"".join(parts)}</svg>'
    )


ARROWHEAD = (
    '<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>'
    '<marker id="to" viewBox="0 0 6 6" refX="5" refY="3" markerWidth="5" '
    'markerHeight="5" orient="auto"><path d="M0 0 L6 3 L0 6 z"/></marker>'
    "</defs></svg>"
)


def html():
    """The chooser, a card for each kind."""
    cards = [
        f'<a class="kind" href="{kind.page}.html{kind.section}">{drawing(kind)}'
        f"<strong>{escape(kind.question)}</strong>"
        f"<span>{escape(kind.example)}</span>"
        f"<code>{kind.estimator}</code></a>"
        for kind in KINDS
    ]
    return "\n".join([ARROWHEAD, '<div class="chooser">', *cards, "</div>", ""])
