"""Configuration files in the words of four other clients."""

from pathlib import Path

import pytest

from bedrock_harness.client import Caching, Client, InvalidRequest, MissingCredentials, Thinking
from bedrock_harness.client.config import client_arguments, load_config, read_config
from bedrock_harness.client.options import CACHE_DOCKER_AGENT, CACHE_PRX, CACHE_REQ_LLM
from bedrock_harness.simulator import Simulator, Text, answer
from bedrock_harness.wire.sigv4 import Credentials

CONFIGS = Path(__file__).parent / "configs"
KEYS = {"AWS_ACCESS_KEY_ID": "AKIATEST", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-west-1"}
HELLO = [{"role": "user", "content": [{"text": "Hello"}]}]


def loaded(name, environment=KEYS, **wanted):
    return load_config(CONFIGS / name, environment, **wanted)


@pytest.mark.parametrize("name", sorted(path.name for path in CONFIGS.iterdir()))
def test_every_documented_example_talks_to_bedrock(name, tmp_path, monkeypatch):
    """Each example of the four documentations is read as it stands and holds a conversation with the simulator."""
    region = loaded(name, KEYS | {"AWS_REGION": "us-east-1"}).connection.region or "us-east-1"
    own = loaded(name).connection.credentials if name.startswith("req_llm") else None
    with Simulator(region=region, credentials=own, script=(answer(Text("Hi")),)) as bedrock:
        for variable, value in bedrock.environment().items():
            monkeypatch.setenv(variable, value)
        if name == "docker_agent_token.yaml":
            monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", bedrock.bearer_token)
        given = (CONFIGS / name).read_text().replace("ABSK-of-a-test", bedrock.bearer_token)
        (tmp_path / name).write_text(given)
        environment = bedrock.environment() | {"AWS_BEARER_TOKEN_BEDROCK": bedrock.bearer_token}
        config = load_config(tmp_path / name, environment)
        arguments = client_arguments(config)
        # The profile of the example is a file of its author's.
        arguments.pop("profile", None)
        with Client(**{"endpoint": bedrock.url, **arguments}) as client:
            assert client.converse(config.model, HELLO, system=config.system).text == "Hi"
        assert bedrock.journal[0].authorization.valid


def test_docker_agents_keys():
    """docker-agent's model, limits, thinking, profile and the agent's instruction arrive."""
    config = loaded("docker_agent_reviewer.yaml")
    assert config.model == "global.anthropic.claude-opus-4-5-20251101-v1:0"
    assert config.connection.region == "eu-west-1"
    assert config.connection.profile == "bedrock1"
    assert config.options.max_tokens == 64000
    assert config.options.thinking == Thinking(budget=32000, interleaved=True)
    assert config.options.caching == CACHE_DOCKER_AGENT
    assert config.system.startswith("Read the change")
    assert [note.code for note in config.notes] == ["key-not-used"]


def test_docker_agents_caching_can_be_disabled():
    """disable_prompt_caching leaves no policy."""
    assert loaded("docker_agent_uncached.yaml").options.caching == Caching()


def test_docker_agents_token_key_and_role():
    """The variable of the token and the role to assume are the Client's to use, under docker-agent's session name."""
    assert loaded("docker_agent_token.yaml").connection.token_key == "AWS_BEARER_TOKEN_BEDROCK"
    options = {"role_arn": "arn:aws:iam::123456789012:role/r", "external_id": "x"}
    model = {"provider": "amazon-bedrock", "model": "m", "provider_opts": options}
    role = read_config({"models": {"a": model}}, {}).connection.role
    assert (role.arn, role.session_name, role.external_id) == (
        "arn:aws:iam::123456789012:role/r",
        "docker-agent-bedrock-session",
        "x",
    )


def test_a_region_is_the_files_or_a_default():
    """A file's region is the Client's; one that names none leaves the environment a say before the default."""
    given, silent = loaded("docker_agent.yaml").connection, loaded("prx.toml").connection
    assert (given.region, silent.region, silent.default_region) == ("us-east-1", None, "us-east-1")


def test_autobots_keys():
    """Autobot's variables are filled in, its prefix goes, and its guardrail comes."""
    config = loaded("autobot_guardrail.yml")
    assert config.model == "amazon.nova-pro-v1:0"
    assert config.connection.credentials == Credentials("AKIATEST", "secret")
    assert config.connection.region == "eu-west-1"
    assert (config.options.guardrail.identifier, config.options.guardrail.version) == ("abc123def456", "1")


def test_autobots_variables_must_be_set():
    """Keys that come out empty are refused by the name of their field."""
    with pytest.raises(MissingCredentials, match=r"providers\.bedrock\.access_key_id"):
        loaded("autobot.yml", {})


def test_autobots_models_need_their_prefix():
    """A model without bedrock/ belongs to another provider."""
    config = {"agents": {"defaults": {"model": "gpt-4"}}, "providers": {"bedrock": {}}}
    with pytest.raises(InvalidRequest, match="bedrock/"):
        read_config(config, {})


@pytest.mark.parametrize("provider", ["bedrock", "aws-bedrock"])
def test_prxs_two_names(provider):
    """PRX knows Bedrock by two names, and caches by its own rule."""
    config = read_config({"default": {"provider": provider, "model": "m"}}, {})
    assert (config.model, config.options.caching) == ("m", CACHE_PRX)


def test_reqllms_keys():
    """ReqLLM's options become options of requests, and its keys the credentials."""
    config = loaded("req_llm_session.yaml")
    assert config.model == "bedrock:global.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert config.connection.credentials.session_token == "token-of-a-test"
    assert config.options.use_converse is True
    assert (config.options.caching.ttl, config.options.caching.system) == ("1h", CACHE_REQ_LLM.system)
    assert loaded("prx.toml").options.use_converse is True
    assert loaded("req_llm_key.yaml").options.use_converse is None


def test_a_key_given_to_reqllm_comes_before_keys_given(bedrock):
    """An api_key and a key pair together are the api_key."""
    given = {"api_key": bedrock.bearer_token, "access_key_id": "a", "secret_access_key": "s"}
    config = read_config({"model": "bedrock:amazon.nova-lite-v1:0", "provider_options": given}, {})
    with Client(**client_arguments(config), endpoint=bedrock.url) as client:
        client.converse(config.model, HELLO)
    assert bedrock.journal[0].authorization.scheme == "bearer"


@pytest.mark.parametrize(
    ("config", "hint"),
    [
        (
            {"models": {"a": {"provider": "amazon-bedrock", "model": "m", "max_token": 1}}},
            "models.a.max_token .* Did you mean max_tokens",
        ),
        (
            {
                "models": {
                    "a": {"provider": "amazon-bedrock", "model": "m", "provider_opts": {"interleaved_thoughts": True}}
                }
            },
            "Did you mean interleaved_thinking",
        ),
        (
            {
                "agents": {"defaults": {"model": "bedrock/m"}},
                "providers": {"bedrock": {"acces_key_id": "", "secret_access_key": ""}},
            },
            "Did you mean access_key_id",
        ),
        ({"default": {"provider": "bedrock", "model": "m", "modell": "n"}}, "Did you mean model"),
        ({"model": "m", "provider_option": {}}, "Did you mean provider_options"),
        ({"models": {"a": {"provider": "amazon-bedrock"}}}, "models.a.model is missing"),
        ({"models": {"a": {"provider": "openai", "model": "m"}}}, "amazon-bedrock"),
        ({"models": {"a": {}}, "agents": {"root": {"model": "b"}}}, "no model 'b'"),
        ({"models": {"a": {"provider": "amazon-bedrock", "model": "m", "max_tokens": "many"}}}, "max_tokens: expected"),
        ({"models": {"a": {"provider": "amazon-bedrock", "model": "m", "thinking_budget": "some"}}}, "medium"),
        ({"model": "m", "provider_options": {"access_key_id": "a"}}, "secret_access_key is not given"),
        ({"modles": {}}, "nobody's"),
        ({}, "no keys"),
        ([], "no keys"),
    ],
)
def test_what_nobody_documents_is_refused(config, hint):
    """An unknown key, a missing one and a wrong type are refused by their place, with the nearest known key."""
    with pytest.raises(InvalidRequest, match=hint):
        read_config(config, {})


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("a.ini", "", "neither YAML nor TOML"),
        ("a.toml", "secret = ", "cannot be parsed"),
        ("a.yaml", "api_key: [secret", "cannot be parsed at line 1"),
        ("missing.yaml", None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_without_showing_it(tmp_path, name, text, problem):
    """A broken file is an InvalidRequest that quotes nothing of it: it may hold keys."""
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(InvalidRequest, match=problem) as refused:
        load_config(tmp_path / name, {})
    assert "secret" not in str(refused.value)


def test_a_configuration_hides_its_secrets():
    """Neither keys nor tokens are in the text of a configuration, or in an error about one."""
    shown = repr(loaded("req_llm_session.yaml")) + repr(loaded("req_llm_key.yaml")) + repr(loaded("autobot.yml"))
    assert not [word for word in ("secret-of-a-test", "token-of-a-test", "ABSK-of-a-test", "secret'") if word in shown]
    with pytest.raises(InvalidRequest) as refused:
        read_config({"model": "m", "provider_options": {"api_key": ["ABSK-of-a-test"]}}, {})
    assert "ABSK-of-a-test" not in str(refused.value)
