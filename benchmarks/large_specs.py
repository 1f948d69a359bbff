"""Large specs to measure with."""


def arrow_spec(layers: int) -> str:
    """A spec of so many layers, a convolution and a ReLU a line."""
    return "input: 32x32x16\nnetwork: |\n" + "  conv3-16 -> relu\n" * (layers // 2)


def yaml_spec(layers: int) -> str:
    """The same in structured YAML."""
    return "input: 32x32x16\nnetwork:\n" + "  - conv: {filters: 16, kernel: 3}\n  - relu: {}\n" * (
        layers // 2
    )
