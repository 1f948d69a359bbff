"""The named calls of the `train:` section, a family a file: optimizers, losses, data sources and so on."""
