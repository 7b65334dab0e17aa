"""How Hypothesis is set in every room: a failure is reported with what replays it, and time is no failure.

Both its deadline and its check of slow drawing measure the machine. In a fresh checkout the first text that is drawn builds
the table of Unicode, which beside other programs takes a second by itself.
"""

from hypothesis import HealthCheck, settings

settings.register_profile("harness", deadline=None, print_blob=True, suppress_health_check=(HealthCheck.too_slow,))
settings.load_profile("harness")
