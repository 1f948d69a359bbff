"""Data sources, and how examples reach the network."""
