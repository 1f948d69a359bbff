"""Training: data, the loop, checkpoints and runs. It yields events and prints nothing."""
