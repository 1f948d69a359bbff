"""How XLA compiles in tests: quickly, but for a few whose point is what it makes of a program."""

import os
from typing import Final

_OLDER_FUSION: Final = "--xla_cpu_use_fusion_emitters=false"
FLAGS: Final = os.environ.get("XLA_FLAGS", "").replace(_OLDER_FUSION, "").strip()
"""XLA's flags as they are outside of tests."""

QUICKLY: Final = {
    "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
    "XLA_FLAGS": f"{FLAGS} {_OLDER_FUSION}",
}
"""Variables for JAX here and in the processes that tests start: most programs run once, for milliseconds.

XLA takes a half down to a fifth of the time when it leaves out most optimizations and fuses by its older emitters.
"""

AS_USERS_DO: Final = {
    "xla_backend_optimization_level": 3,
    "xla_cpu_use_fusion_emitters": True,
    "xla_llvm_disable_expensive_passes": False,
}
"""Options of one program that make up for these variables."""
