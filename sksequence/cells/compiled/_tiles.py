"""Products of small matrices, in registers.

A library of BLAS copies parts of matrices into an order of its own before it multiplies
them, which for small ones takes longer than the product, and two threads wait for each
other's memory meanwhile. Here nothing is copied: a *tile* of some rows and columns of
the result stays in vector registers, and one row of b after the other is added to it
[1]_. LLVM makes vectors of 16 numbers into those that the processor has.

Each number of a result is a sum over k in the order of k, whichever tile it is in. So a
row has the same bits, whatever other rows there are.

References
----------
.. [1] Goto & van de Geijn, "Anatomy of high-performance matrix multiplication", ACM
   Transactions on Mathematical Software 34, 2008.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..._extras import import_extra
from ._jit import OPTIONS, jitable, numba

ir: Any = import_extra("llvmlite.ir", "sksequence[fast]", "engine='numba'")
types = numba.types

WIDTH = 16  # columns of a tile: with six rows, twelve of AVX2's sixteen registers
ROWS_OF_B = 256  # that are worked on before the next ones: they stay in the cache
_INT = ir.IntType(64)


def _tile(n_rows, width):
    """A function that adds a product to a tile, or writes it there.

    Its arguments: any number of the matrices' type; how many columns of a and rows of
    b; the addresses of a, b and the tile; how many bytes lie between rows of a, columns
    of a, rows of b and rows of the tile; whether to add.
    """

    def code(context, builder, signature, given):
        number = context.get_value_type(signature.args[0])
        vector = ir.VectorType(number, width)
        size = context.get_abi_sizeof(number)
        _, n, a, b, out, a_row, a_column, b_row, out_row, add = given

        def address(start, stride, k, kind):
            place = builder.add(start, builder.mul(stride, _INT(k)))
            return builder.inttoptr(place, kind.as_pointer())

        places = [address(out, out_row, k, vector) for k in range(n_rows)]
        before = builder.block
        adds, loop, end = (
            builder.append_basic_block(k) for k in ("add", "loop", "end")
        )
        builder.cbranch(add, adds, loop)
        with builder.goto_block(adds):
            found = [builder.load(place, align=size) for place in places]
            builder.branch(loop)

        builder.position_at_end(loop)
        k, a_k, b_k = (builder.phi(_INT) for _ in range(3))
        sums = [builder.phi(vector) for _ in places]
        row = builder.load(builder.inttoptr(b_k, vector.as_pointer()), align=size)
        new = []
        for r, total in enumerate(sums):
            factor = builder.load(address(a_k, a_row, r, number), align=size)
            factor = _of_equal(builder, factor, vector)
            term = builder.fmul(factor, row, flags=["contract"])
            new.append(builder.fadd(total, term, flags=["contract"]))
        following = builder.add(k, _INT(1))
        for phi, start, value in (
            (k, _INT(0), following),
            (a_k, a, builder.add(a_k, a_column)),
            (b_k, b, builder.add(b_k, b_row)),
        ):
            phi.add_incoming(start, before)
            phi.add_incoming(start, adds)
            phi.add_incoming(value, loop)
        for phi, start, value in zip(sums, found, new):
            phi.add_incoming(ir.Constant(vector, None), before)  # zeros
            phi.add_incoming(start, adds)
            phi.add_incoming(value, loop)
        builder.cbranch(builder.icmp_signed("<", following, n), loop, end)

        builder.position_at_end(end)
        for place, value in zip(places, new):
            builder.store(value, place, align=size)
        return context.get_dummy_value()

    @numba.extending.intrinsic
    def tile(context, like, n, a, b, out, a_row, a_column, b_row, out_row, add):
        return types.void(like, *[types.intp] * 8, types.boolean), code

    return tile


def _of_equal(builder, number, vector):
    """A vector that has one number everywhere."""
    none = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(none, number, ir.IntType(32)(0))
    places = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), None)
    return builder.shuffle_vector(first, none, places)


def _column_of_tiles(width):
    """A function for all rows of some columns; arguments as those of a tile."""
    of_six, of_two, of_one = (_tile(n, width) for n in (6, 2, 1))

    def tiles(like, n_rows, n, a, b, out, a_row, a_column, b_row, out_row, add):
        while n_rows >= 6:
            of_six(like, n, a, b, out, a_row, a_column, b_row, out_row, add)
            n_rows, a, out = n_rows - 6, a + 6 * a_row, out + 6 * out_row
        while n_rows >= 2:
            of_two(like, n, a, b, out, a_row, a_column, b_row, out_row, add)
            n_rows, a, out = n_rows - 2, a + 2 * a_row, out + 2 * out_row
        if n_rows >= 1:
            of_one(like, n, a, b, out, a_row, a_column, b_row, out_row, add)

    # Code that comes from disk is found by its name alone, which must be its own.
    tiles.__name__ = tiles.__qualname__ = f"tiles_of_{width}"
    return jitable(tiles)


_sixteen, _four, _one = (_column_of_tiles(n) for n in (WIDTH, 4, 1))
_long = _tile(1, 4 * WIDTH)  # of a single row: one register would wait for itself


@jitable
def _multiply(
    like, size, n_rows, n, width, a, b, out, a_row, a_column, b_row, out_row, add
):
    """``out`` = a b, or ``out`` += a b.

    Parameters
    ----------
    like : float
        Any number of the matrices' type.
    size : int
        The bytes that a number has.
    n_rows, n, width : int
        Rows of a, columns of a, columns of b.
    a, b, out : int
        Addresses.
    a_row, a_column, b_row, out_row : int
        Bytes from a row, or a column, to the next.
    add : bool
    """
    for k in range(0, n, ROWS_OF_B):
        m = min(n - k, ROWS_OF_B)
        a_k, b_k, out_k, left = a + k * a_column, b + k * b_row, out, width
        add_k = add or k > 0
        while n_rows == 1 and left >= 4 * WIDTH:
            _long(like, m, a_k, b_k, out_k, a_row, a_column, b_row, out_row, add_k)
            columns = 4 * WIDTH
            b_k, out_k = b_k + columns * size, out_k + columns * size
            left -= columns
        while left >= WIDTH:
            _sixteen(
                like, n_rows, m, a_k, b_k, out_k, a_row, a_column, b_row, out_row, add_k
            )
            b_k, out_k = b_k + WIDTH * size, out_k + WIDTH * size
            left -= WIDTH
        while left >= 4:
            _four(
                like, n_rows, m, a_k, b_k, out_k, a_row, a_column, b_row, out_row, add_k
            )
            b_k, out_k, left = b_k + 4 * size, out_k + 4 * size, left - 4
        while left >= 1:
            _one(
                like, n_rows, m, a_k, b_k, out_k, a_row, a_column, b_row, out_row, add_k
            )
            b_k, out_k, left = b_k + size, out_k + size, left - 1


def _compiled(function):
    """Compiled once a machine, and called by its address: it is long."""
    integer = types.intp
    return numba.cfunc(types.void(*[integer] * 11), **OPTIONS, cache=True)(function)


@_compiled
def multiply_floats(n_rows, n, width, a, b, out, a_row, a_column, b_row, out_row, add):
    """``_multiply`` of float32."""
    given = n_rows, n, width, a, b, out, a_row, a_column, b_row, out_row
    _multiply(np.float32(0), 4, *given, add > 0)


@_compiled
def multiply_doubles(n_rows, n, width, a, b, out, a_row, a_column, b_row, out_row, add):
    """``_multiply`` of float64."""
    given = n_rows, n, width, a, b, out, a_row, a_column, b_row, out_row
    _multiply(np.float64(0), 8, *given, add > 0)
