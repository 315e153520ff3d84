"""What every test shares: how many examples Hypothesis tries."""

import os

from hypothesis import HealthCheck, settings

# The same examples on every run, so that a red build means a changed program. A slow machine is no failure.
settings.register_profile(
    "default",
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
# New examples every night, and what is needed to repeat the one that failed.
settings.register_profile(
    "nightly",
    settings.get_profile("default"),
    max_examples=20_000,
    derandomize=False,
    print_blob=True,
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "default"))
