"""Adapters that do one thing wrong each, run as `python misbehaving.py NAME`. They use nothing of the harness."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path


def hear():
    return json.loads(sys.stdin.readline() or "null")


def say(command, kind, **members):
    print(json.dumps({"is": kind, "id": command["id"], "at": time.monotonic_ns(), **members}), flush=True)


def welcome():
    command = hear()
    say(command, "welcome", name="misbehaving", version="1", protocol=1)


def until_send():
    """Behave well until the user says something; return that command."""
    note_pid()
    welcome()
    while (command := hear())["op"] != "send":
        say(command, "done")
    return command


def note_pid(pid=None):
    if "PIDS" in os.environ:
        with Path(os.environ["PIDS"]).open("a", encoding="ascii") as file:
            file.write(f"{pid or os.getpid()}\n")


def linger():
    """Leave a child behind that holds all pipes."""
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    note_pid(child.pid)


def well():
    while True:
        command = until_send()
        say(command, "part", text="fine")
        say(command, "done")
        while (command := hear()) is not None:
            say(command, "done")
        return


def prints_rubbish():
    until_send()
    print("Loading model weights ... \x1b[32mdone\x1b[0m", flush=True)
    time.sleep(60)


def prints_a_long_banner():
    until_send()
    print("=" * 100_000, flush=True)
    time.sleep(60)


def prints_before_welcome():
    note_pid()
    print("Welcome to Acme AI", flush=True)
    welcome()
    time.sleep(60)


def dies_at_once():
    print("ModuleNotFoundError: No module named 'acme'", file=sys.stderr)
    sys.exit(7)


def refuses_hello():
    command = hear()
    say(command, "done", error={"message": "no licence key"})
    time.sleep(60)


def speaks_another_version():
    command = hear()
    say(command, "welcome", name="misbehaving", version="1", protocol=99)
    time.sleep(60)


def dies_mid_send():
    command = until_send()
    say(command, "part", text="so f")
    print(f"Segmentation fault, by the way the key is {os.environ.get('KEY')}", file=sys.stderr, flush=True)
    sys.stdout.write('{"is": "part", "id"')
    sys.stdout.flush()
    sys.exit(3)


def is_killed():
    until_send()
    os.kill(os.getpid(), signal.SIGSEGV)


def hangs():
    command = until_send()
    say(command, "part", text="so f")
    time.sleep(60)


def hangs_without_reading():
    note_pid()
    welcome()
    time.sleep(60)


def hangs_ignoring_signals():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    until_send()
    time.sleep(60)


def hangs_after_opening():
    note_pid()
    welcome()
    say(hear(), "done")
    time.sleep(60)


def talks_without_reading():
    note_pid()
    welcome()
    while True:
        os.write(1, b'{"is": "part", "id": 2, "at": 1, "text": "' + b"x" * 1_000_000 + b'"}\n')


def answers_the_wrong_id():
    command = until_send()
    say({"id": command["id"] + 1}, "done")
    time.sleep(60)


def goes_on_after_done():
    command = until_send()
    done = json.dumps({"is": "done", "id": command["id"], "at": 1})
    part = json.dumps({"is": "part", "id": command["id"], "at": 2, "text": "one more thing"})
    os.write(1, f"{done}\n{part}\n".encode())
    time.sleep(60)


def welcomes_again():
    command = until_send()
    say(command, "welcome", name="misbehaving", version="1", protocol=1)
    time.sleep(60)


def says_an_unknown_kind():
    command = until_send()
    say(command, "progress", percent=50)
    time.sleep(60)


def says_two_things_at_once():
    command = until_send()
    say(command, "part", text="a", stop="end_turn")
    time.sleep(60)


def says_nothing_in_a_part():
    command = until_send()
    say(command, "part")
    time.sleep(60)


def says_a_number_as_text():
    command = until_send()
    say(command, "part", text=42)
    time.sleep(60)


def nests_deeply():
    command = until_send()
    call = '{"id":"a","name":"b","input":' + "[" * 100_000 + "]" * 100_000 + "}"
    print(f'{{"is":"part","id":{command["id"]},"at":1,"tool_call":{call}}}', flush=True)
    time.sleep(60)


def never_ends_its_line():
    until_send()
    while True:
        os.write(1, b"x" * 1_000_000)


def never_ends_its_answer():
    command = until_send()
    line = json.dumps({"is": "part", "id": command["id"], "at": 1, "text": "x" * 1_000_000}).encode() + b"\n"
    while True:
        os.write(1, line)


def talks_on_standard_error():
    command = until_send()
    for number in range(10_000):
        print(f"debug {number}", file=sys.stderr)
    print("secret " + command["content"][0]["text"], file=sys.stderr, flush=True)
    say(command, "done")
    hear()


def closes_its_output():
    until_send()
    os.close(1)
    time.sleep(60)


def dies_and_leaves_a_child():
    until_send()
    linger()
    sys.exit(1)


def ends_well_and_leaves_a_child():
    command = until_send()
    linger()
    say(command, "done")
    hear()


def tells_its_environment():
    command = until_send()
    say(command, "part", text=json.dumps(dict(os.environ)))
    say(command, "done")
    hear()


if __name__ == "__main__":
    globals()[sys.argv[1]]()
