"""Names of fields in PyTorch, Keras and optax, for "did you mean"; never accepted."""

from typing import Final

ELSEWHERE: Final = {
    "alpha": "end",
    "beta_1": "b1",
    "beta_2": "b2",
    "beta1": "b1",
    "beta2": "b2",
    "decay_rate": "factor",
    "decay_steps": "steps",
    "epsilon": "eps",
    "eta_min": "end",
    "gamma": "factor",
    "init_value": "rate",
    "learning_rate": "rate",
    "lr": "rate",
    "milestones": "epochs",
    "p": "probability",
    "patience": "epochs",
    "prob": "probability",
    "step_size": "epochs",
    "t_max": "epochs",
    "transition_steps": "steps",
    "warmup_epochs": "epochs",
    "warmup_steps": "steps",
    "weight_decay": "strength",
}
"""A field's name there, in small letters, and the one here, where a recipe has it."""
