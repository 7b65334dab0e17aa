"""Settings of the properties: no deadline, since a busy machine is no counterexample."""

from hypothesis import settings

settings.register_profile("harness", deadline=None, print_blob=True)
settings.load_profile("harness")
