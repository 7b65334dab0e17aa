"""The simulator as its users hold it: a context manager, sync or async, with an address, keys, a script and a journal."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from datetime import timedelta
from time import monotonic
from types import TracebackType
from typing import Any, Self, get_args

from bedrock_harness.service import shapes
from bedrock_harness.service.endpoints import host_for
from bedrock_harness.service.strictness import LATEST, at
from bedrock_harness.simulator.background import LoopThread
from bedrock_harness.simulator.clock import Clock
from bedrock_harness.simulator.control import Control
from bedrock_harness.simulator.errors import SimulatorError
from bedrock_harness.simulator.identities import Login, Means, make_identities
from bedrock_harness.simulator.journal import Exchange, Journal
from bedrock_harness.simulator.judgement import Measure
from bedrock_harness.simulator.listening.listener import Listener, bind
from bedrock_harness.simulator.listening.proxy import proxy_environment
from bedrock_harness.simulator.listening.requests import Limits, Refused
from bedrock_harness.simulator.listening.tls import Certificate, make_certificate
from bedrock_harness.simulator.operations import CONTAINER_PATH
from bedrock_harness.simulator.refusals import WINDOW
from bedrock_harness.simulator.responder import Ages, Chooser, Conduct, Responder
from bedrock_harness.simulator.script import Delivery, Reply, Script
from bedrock_harness.simulator.speaking import Canned
from bedrock_harness.simulator.weather import Condition, Weather
from bedrock_harness.wire.sigv4 import Credentials

__all__ = ["Simulator"]

_LIMITS = Limits()
_DELIVERY = Delivery()
_HOUR = timedelta(hours=1)
_POLL = 0.001


class Simulator:
    """Bedrock on loopback, with the signature of each request verified.

    ```python
    with Simulator(script=(answer(Text("Hello")),)) as bedrock:
        client = boto3.client("bedrock-runtime", endpoint_url=bedrock.url, ...)
    ```

    With `tls` it is spoken to in https; with `proxy` its port is a proxy as well, which stands in for the service's own hosts.
    As `with` it runs in a thread of its own, as `async with` in the running loop. Both are entered once.

    What it answers: `script`, else `canned` answers, else what a model might say, sent as `deliver` says. `weather` is faults
    of the whole server. What it refuses: signatures older than `window`, judged when the request arrives or, with `ages`
    "reply", when the reply begins; what the service refused by the date of `strictness`; with a `lifetime`, the session
    token and the bearer token so long after the start by its `clock`, which may be shared. `unknown_status` is the HTTP
    status for a path with no route.

    `credentials` is the key pair to accept in place of a made-up one; `seed` decides all that is made up. `observer` is called
    in the simulator's thread with each exchange that is over, and with each `Refused` that was no request. `chooser` is
    asked there first what answers an authorised request: so a cassette is played, whose replies go by what was asked and
    not by its turn. With `control`, tests in other languages set scripts and read the journal over HTTP (`simulator.control`).
    `exposed` takes hosts other than loopback: anybody who can reach the port can then use it.
    """

    def __init__(
        self,
        *,
        region: str = "us-east-1",
        credentials: Credentials | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        tls: bool = False,
        proxy: bool = False,
        seed: int = 0,
        clock: Clock | None = None,
        script: Script = (),
        canned: tuple[Canned, ...] = (),
        weather: tuple[Condition, ...] = (),
        deliver: Delivery = _DELIVERY,
        strictness: str = LATEST,
        window: timedelta = WINDOW,
        ages: Ages = "arrival",
        lifetime: timedelta | None = None,
        unknown_status: int = 200,
        limits: Limits = _LIMITS,
        exposed: bool = False,
        control: bool = False,
        observer: Callable[[Exchange | Refused], None] | None = None,
        chooser: Chooser | None = None,
    ) -> None:
        self.region = region
        self.clock = clock or Clock()
        self._identities = make_identities(seed, credentials)
        if tls and proxy:
            raise SimulatorError("A proxy is spoken to in plain http.", "Leave `tls` out: its tunnels are TLS anyway.")
        if lifetime is not None:
            self._identities.expires = self.clock.now() + lifetime
        self._host, self._port, self._exposed = host, port, exposed
        self._tls, self._proxy = tls, proxy
        at(strictness)  # a level that is none is known here, and not with the first request
        conduct = Conduct(
            measure=Measure(region, window, strictness),
            seed=seed,
            limits=limits,
            ages=ages,
            lifetime=lifetime or _HOUR,
            unknown_status=unknown_status,
            deliver=deliver,
        )
        self._responder = Responder(
            conduct,
            identities=self._identities,
            clock=self.clock,
            weather=Weather(weather, seed),
            canned=canned,
            observer=observer,
            chooser=chooser,
        )
        if control:
            self._responder.control = Control(self._responder, self.clock, self._about, exposed=exposed)
        self._responder.play(script)
        self._listener: Listener | None = None
        self._thread: LoopThread | None = None
        self._certificate: Certificate | None = None

    def __repr__(self) -> str:
        return f"<Simulator {self.url if self._listener else 'not running'}>"

    # ------------------------------------------------------------------------------------------------------- its address

    @property
    def url(self) -> str:
        """Where it listens: the endpoint URL for a client."""
        if self._listener is None:
            raise SimulatorError("The simulator has no address yet.", "Enter it first: `with Simulator() as bedrock:`.")
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"{'https' if self._tls else 'http'}://{host}:{self._port}"

    @property
    def endpoint(self) -> str:
        """The endpoint URL by which clients know it: its own, or with `proxy` the service's, which the proxy leads here."""
        return f"https://{host_for('bedrock-runtime', self.region)}" if self._proxy else self.url

    @property
    def ca_file(self) -> str | None:
        """A PEM file that makes clients trust its certificates, None without `tls` or `proxy`. Removed on exit."""
        return self._certificate.ca_file if self._certificate else None

    def environment(self, means: Means = "keys") -> dict[str, str]:
        """What to export so that an AWS SDK calls this simulator, by its address or, if it is a proxy, by the service's own
        host names; with the plain key pair, or by other means.

        Region and authority twice: botocore reads AWS_DEFAULT_REGION alone, the other SDKs AWS_REGION; and node, under the
        SDK for JavaScript, knows nothing of AWS_CA_BUNDLE.
        """
        variables = self._identities.variables(means, self.url + CONTAINER_PATH)
        variables |= {"AWS_REGION": self.region, "AWS_DEFAULT_REGION": self.region}
        if self._proxy and self.ca_file is not None:
            return variables | proxy_environment(self.url, self.ca_file)
        for service in ("BEDROCK_RUNTIME", "BEDROCK", "STS"):
            variables[f"AWS_ENDPOINT_URL_{service}"] = self.url
        if self.ca_file is not None:
            variables["AWS_CA_BUNDLE"] = variables["NODE_EXTRA_CA_CERTS"] = self.ca_file
        return variables

    def container_environment(self) -> dict[str, str]:
        """What to export in place of keys, so that an AWS SDK fetches its credentials from here, as in a container.

        They last for the simulator's `lifetime`, an hour unless given, and are new each time they are asked for.
        """
        return self.environment("container")

    # ------------------------------------------------------------------------------------------------------- who may call

    @property
    def credentials(self) -> Login:
        """The plain key pair."""
        return _login(self._identities.keys)

    @property
    def session_credentials(self) -> Login:
        """The key pair that goes with a session token."""
        return _login(self._identities.session)

    @property
    def bearer_token(self) -> str:
        """The token accepted as `Authorization: Bearer`."""
        token = self._identities.bearer.bearer_token
        assert token is not None
        return token

    # ------------------------------------------------------------------------------------------------ script and journal

    def play(self, *replies: Reply) -> int:
        """Answer from the first of these replies on, and return the journal's position: `journal[position:]` is what follows.

        Request n gets reply n, counted from now; the last reply answers every request after it. Requests that are refused
        by the service's own checks use up no reply. Without replies each request gets what a model might say.
        """
        self._responder.play(replies)
        return len(self.journal)

    @property
    def journal(self) -> Journal:
        """All exchanges so far."""
        return self._responder.journal

    def wait_until_idle(self, timeout: float = 5.0) -> bool:
        """Wait until no reply is under way, at most that many seconds, and say whether it came to that.

        For callers outside the simulator's loop; in it, `await` `until_idle`.
        """
        if self._thread is None:
            raise SimulatorError("Waiting would stop the loop that the simulator runs in.", "Use `await until_idle()`.")
        return self.journal.wait_until_idle(timeout)

    async def until_idle(self, timeout: float = 5.0) -> bool:  # noqa: ASYNC109 - it returns, and raises nothing
        """`wait_until_idle` for callers in a loop."""
        deadline = monotonic() + timeout
        while not self.journal.idle and monotonic() < deadline:  # noqa: ASYNC110 - set in another thread, if in any
            await asyncio.sleep(_POLL)
        return self.journal.idle

    # --------------------------------------------------------------------------------------------------- start and stop

    def __enter__(self) -> Self:
        bound = self._prepare()
        self._thread = LoopThread("bedrock-simulator")
        try:
            self._thread.run(self._start(bound))
        except BaseException:
            self._thread.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._thread is not None
        self._thread.run(self._stop())
        self._thread.stop()

    async def __aenter__(self) -> Self:
        await self._start(self._prepare())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stop()

    def _about(self) -> dict[str, Any]:
        """What the control says of it."""
        environments = {means: self.environment(means) for means in get_args(Means)}
        return {
            "url": self.url,
            "region": self.region,
            "environment": environments["keys"],
            "environments": environments,
        }

    def _prepare(self) -> socket.socket:
        if self._listener is not None:
            raise SimulatorError("The simulator has been entered before.", "Make a new one for each `with`.")
        bound = bind(self._host, self._port, exposed=self._exposed)
        self._port = bound.getsockname()[1]
        shapes.validate("Converse", {})  # reads the service model now rather than in the first request's time
        if self._tls or self._proxy:
            self._certificate = make_certificate()
        return bound

    async def _start(self, bound: socket.socket) -> None:
        context = self._certificate.context if self._certificate else None
        self._listener = Listener(
            self._responder, tls=context if self._tls else None, interception=context if self._proxy else None
        )
        await self._listener.start(bound)

    async def _stop(self) -> None:
        assert self._listener is not None
        await self._listener.close()
        if self._certificate is not None:
            self._certificate.remove()


def _login(credentials: Credentials) -> Login:
    return Login(credentials.access_key_id, credentials.secret_access_key, credentials.session_token)
