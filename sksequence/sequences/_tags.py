"""Tags of spans: "O", or where in a span a step is and the span's type, as "B-PER"."""

LETTERS = "BIOESLU"


def parse_tag(label: object) -> tuple[str, str] | None:
    """The letter and the type of a label.

    Parameters
    ----------
    label : object

    Returns
    -------
    (letter, type) : tuple of str
        The type is "" if the label has none, as "O" and "B". None if the label is
        neither "O" nor one of B, I, E, S, L, U, with or without a type.

    Examples
    --------
    >>> from sksequence.sequences import parse_tag
    >>> parse_tag("B-PER"), parse_tag("O"), parse_tag("DET")
    (('B', 'PER'), ('O', ''), None)
    """
    if not isinstance(label, str):
        return None
    letter, _, kind = label.partition("-")
    if len(letter) != 1 or letter not in LETTERS or (letter == "O" and label != "O"):
        return None
    return letter, kind
