"""What an object works out once, when it is first asked for."""

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from functools import cached_property
else:

    class cached_property(functools.cached_property):
        """That of functools, without a lock.

        Until Python 3.12 one lock stands before each property of all objects. A process
        that is forked while a thread of its parent holds it would wait for ever. Here
        two threads may do the same work, and both get what the first has found.
        """

        def __get__(self, instance, owner=None):
            if instance is None:
                return self
            return vars(instance).setdefault(self.attrname, self.func(instance))


__all__ = ["cached_property"]
