"""Weights as safetensors files: arrays by `params/LAYER/NAME` and `state/LAYER/NAME`; no code is in such a file."""
