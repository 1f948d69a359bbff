"""The kinds of augmentation, each for one image; `netspec.training.augmentation` puts them together."""
