"""Property tests draw the same examples on every machine of the pipeline."""

import os

from hypothesis import HealthCheck, settings

# A slow machine must not make a flake, and a red build must be red again.
settings.register_profile("local", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile(
    "ci", parent=settings.get_profile("local"), derandomize=True, print_blob=True
)
settings.load_profile("ci" if os.environ.get("CI") else "local")
