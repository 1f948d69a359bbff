"""The `train:` section."""

from pydantic import BaseModel, ConfigDict


class Train(BaseModel):
    """How the network is trained."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", use_attribute_docstrings=True)
