"""The memory of netspec's own training step, by XLA's plan, beside what `netspec analyze` predicts for plain JAX.

Everything donated, momentum SGD, float32: arguments + outputs + temporaries - aliases of the compiled step.
"""

import argparse

import jax
import optax
from networks import NETWORKS

import netspec

MB = 1e6


def planned(network: netspec.Network, batch: int, lowerings: str) -> int:
    """Bytes that XLA plans for a step of the engine."""
    model = network.compile(lowerings=lowerings)
    optimizer = optax.sgd(0.01, momentum=0.9)
    params, state, labelled, key = model.step_structs(batch)
    kept = jax.eval_shape(optimizer.init, params)
    plan = model.train_step(optimizer).lower(params, state, kept, labelled, key).compile().memory_analysis()
    used = plan.argument_size_in_bytes + plan.output_size_in_bytes + plan.temp_size_in_bytes
    return int(used - plan.alias_size_in_bytes)


def main() -> None:
    """Print a row for each network as it is known."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", type=lambda text: text.split(","), default=list(NETWORKS))
    chosen = parser.parse_args()
    print("| network | batch | predicted MB | reference | ratio | netspec's forms | ratio |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name in chosen.nets:
        wanted = NETWORKS[name]
        network = wanted.load()
        predicted = network.analyze(wanted.batch, optimizer="momentum").training.total_bytes
        cells = [f"{predicted / MB:,.1f}"]
        for lowerings in ("reference", "auto"):
            found = planned(network, wanted.batch, lowerings)
            cells += [f"{found / MB:,.1f}", f"{found / predicted:.2f}"]
        print(f"| {name} | {wanted.batch} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
