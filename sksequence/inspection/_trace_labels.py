"""What to write beside an array of a trace, and below its steps."""

import re

SYMBOLS = {"c_tilde": r"\tilde{c}", "y_hat": r"\hat{y}", "alpha": r"\alpha"}
SHOWN = {" ": "\N{OPEN BOX}", "\n": "\N{DOWNWARDS ARROW WITH CORNER LEFTWARDS}"}


def part_of(name):
    """Of the network: encoder or decoder, with a full stop, or nothing."""
    return re.match(r"((en|de)coder\.)?", name)[0]


def place_of(name):
    """The layer and direction of an array, within its part, or nothing."""
    found = re.search(r"rnn\d+(\.forward|\.backward)?", name)
    return found[0] if found else ""


def labels_of(chosen):
    """What to write beside each array: its symbol, and where it is from if others are
    from elsewhere.
    """
    parts, labels = {part_of(name) for name in chosen}, {}
    for name, called in chosen.items():
        part, place = part_of(name), place_of(name).split(".")
        others = {place_of(k) for k in chosen if part_of(k) == part} - {""}
        words = [] if len(parts) == 1 else [part[:-1]]
        words += [w for w in place if not all(w in o.split(".") for o in others)]
        symbol = symbol_of(called.rpartition(".")[2])
        labels[name] = "\n".join(filter(None, [" ".join(filter(None, words)), symbol]))
    return labels


def symbol_of(name):
    """The course's notation, of names that it has."""
    tex = SYMBOLS.get(name, re.sub(r"^Gamma_(\w+)$", r"\\Gamma_{\1}", name))
    return f"${tex}$" if tex != name or len(name) == 1 else name


def shown(token):
    token = "".join(SHOWN.get(c, c) for c in str(token))
    return token.replace("$", r"\$")
