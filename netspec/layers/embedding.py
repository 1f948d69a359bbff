"""Embedding: layers that read token ids."""

from typing import TYPE_CHECKING

from netspec.diagnostics import Fault, Refused, rules
from netspec.layers.base import Example, Notation, Parameter, Positive, Shape, Unary, layer
from netspec.layers.facets import SAME_POSITION, Keeps, Reach

if TYPE_CHECKING:
    from netspec.ops.run import Array, Run, Weights


@layer("embed")
class Embed(Unary):
    """A trained vector for each token of the vocabulary: y = kernel[id] at every position.

    It is a look-up, without MACs.

    Source: Bengio et al. 2003, A Neural Probabilistic Language Model, section 2; in front of convolutions
    Kim 2014, arXiv:1408.5882, section 2.
    """

    width: Positive
    """Length of each vector, the output's channels."""

    keeps = Keeps("lookup")
    without_macs = True
    notation = Notation(width="width")
    elsewhere = ("embedding", "lookup_table", "word_vectors")
    reads_tokens = True
    examples = (
        Example("embed-300", "56 tokens of 20000", "56x300", 6_000_000),
        Example("embed-16", "19x19 tokens of 3", "19x19x16", 48),
    )

    def shape(self, x: Shape) -> Shape:
        if x.tokens is None:
            raise Refused(
                Fault(
                    rule=rules.TOKENS_WHERE_NUMBERS,
                    message=f"embed reads token ids, and its input is {x} numbers",
                    help="give the input its vocabulary: `input: {shape: 56, tokens: 20000}`",
                )
            )
        return Shape((*x.sizes, self.width))

    def owns(self, x: Shape) -> tuple[Parameter, ...]:
        # A look-up adds nothing up: with these reads its vectors begin about one long.
        reads = float(self.width), float(self.width)
        return (Parameter("kernel", (x.tokens or 0, self.width), reads=reads, symbols="tokens*width"),)

    def reads(self, x: Shape) -> tuple[Reach, ...]:
        return (SAME_POSITION,) * x.rank

    def computes(self, run: "Run", p: "Weights", x: "Array") -> "Array":
        return p["kernel"][x]
