import pytest

from bedrock_harness.service.exceptions import EXCEPTIONS, find

SPELLINGS = [
    "{name}",
    "{name}:http://internal.amazon.com/coral/com.amazon.bedrock/",
    "com.amazon.coral.service#{name}",
    "ns#{name}:http://internal.amazon.com/coral/com.amazon.coral.service/",
    " {name} ",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_is_found_in_every_spelling(name, spelling):
    """Over HTTP, inside a stream, with a namespace before it or an address behind it: the same exception."""
    found = EXCEPTIONS[name]
    assert find(spelling.format(name=name)) is found
    assert find(spelling.format(name=name[0].lower() + name[1:])) is found


@pytest.mark.parametrize("name", ["", "#", ":", "Throttling", "THROTTLINGEXCEPTION", "ThrottlingException2"])
def test_another_name_is_nobodys(name):
    """What is not in the table is not guessed at."""
    assert find(name) is None


def test_waiting_helps_against_some_exceptions_only():
    """Throttling and the service's own faults may be sent again; what the client or the model did wrong may not."""
    assert {name for name, row in EXCEPTIONS.items() if row.retryable} == {
        "InternalServerException",
        "ModelNotReadyException",
        "ModelStreamErrorException",
        "ServiceUnavailableException",
        "ThrottlingException",
    }
