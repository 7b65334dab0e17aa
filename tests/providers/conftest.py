"""Environments of the bundled adapters, built once for all tests of this room."""

import os

import pytest


def pytest_configure(config):
    config.addinivalue_line("markers", "registry: builds an environment with pip, which needs a package registry")


@pytest.fixture(scope="session")
def environments_cache(tmp_path_factory):
    """A cache of this run's own, so that building is tested as well."""
    folder = tmp_path_factory.mktemp("cache")
    before = os.environ.get("BEDROCK_HARNESS_CACHE")
    os.environ["BEDROCK_HARNESS_CACHE"] = str(folder)
    yield folder
    if before is None:
        del os.environ["BEDROCK_HARNESS_CACHE"]
    else:
        os.environ["BEDROCK_HARNESS_CACHE"] = before
