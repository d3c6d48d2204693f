"""A fetchd and a sample site for the documents' tests: started on free ports, ended by pid."""

import contextlib
import os
import re
import subprocess
import tempfile
import time

PATIENCE = 30  # seconds, for what takes milliseconds on an idle machine


def environment(**more):
    """Ours without the settings of whoever runs the tests."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("FETCHD_") and not k.lower().endswith("_proxy")}
    return kept | {"LC_ALL": "C.UTF-8"} | more


@contextlib.contextmanager
def program(*arguments):
    """Runs it and gives the first HOST:PORT that it says it listens on."""
    with tempfile.NamedTemporaryFile() as said:
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=environment())
        try:
            yield address_said(child, said.name)
        finally:
            child.terminate()
            try:
                code = child.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                child.kill()
                code = child.wait()
        if code != 0:
            raise SystemExit(f"{arguments[0]} ended with {code}; it said:\n{text_of(said.name)}")


def text_of(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


def address_said(child, path):
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and child.poll() is None:
        found = re.search(r"listening[^0-9]*([0-9.]+:[0-9]+)", text_of(path))
        if found:
            return found.group(1)
        time.sleep(0.02)
    raise SystemExit(f"{child.args[0]} did not start; it said:\n{text_of(path)}")


def sample_site(folder):
    return program(f"{folder}/sample-site")


@contextlib.contextmanager
def service(folder):
    """On a free port, allowed to fetch from loopback as with config/local.toml, with a folder for jobs."""
    settings = ["server.listen=127.0.0.1:0", "egress.allow=127.0.0.0/8", "server.drain_timeout=1s",
                "politeness.hosts=127.0.0.1 delay=0s"]
    with tempfile.TemporaryDirectory() as jobs:
        settings.append(f"jobs.folder={jobs}")
        with program(f"{folder}/fetchd", *(word for s in settings for word in ("--set", s))) as address:
            yield address
