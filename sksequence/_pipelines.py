"""What scikit-learn's pipelines hold."""


def does_nothing(step: object) -> bool:
    """Whether a step of a Pipeline passes on what it is given."""
    return step is None or (isinstance(step, str) and step == "passthrough")
