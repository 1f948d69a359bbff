"""Text to spec: YAML with positions, the arrow notation, expressions, and the pydantic models of a spec."""
