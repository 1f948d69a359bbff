"""E3xx: the network is sound, and larger than its `budget:` allows."""

from netspec.diagnostics.rule import Rule

OVER_BUDGET = Rule(
    "E301",
    "over-budget",
    "The network is larger than its `budget:` allows.",
    "`params` limits the trainable parameters, `macs` the multiply-adds of one example, `inference_memory` and "
    "`training_memory` the predicted peak for the batch they name. The layers that take most are listed; "
    "`netspec analyze` shows all of them. A layer of your own that does not say what it costs cannot be held to a "
    "budget, and counts as beyond it.",
    bad="input: 32x32x3\nbudget: {params: 100k}\nnetwork: conv3-64 -> relu -> fc-10\n",
    good="input: 32x32x3\nbudget: {params: 1M}\nnetwork: conv3-64 -> relu -> fc-10\n",
)
