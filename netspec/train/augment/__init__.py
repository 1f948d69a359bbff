"""The kinds of augmentation, each for one image; `netspec.train.augmentation` puts them together."""
