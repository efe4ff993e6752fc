#!/usr/bin/env python3
"""Validates what scorec built for Fly.io: `fly.py FOLDER…`, called by fly.sh.

A fly.toml may hold the fields of https://fly.io/docs/reference/configuration/ and no others, with the types and values
that flyctl accepts. Every app secret that it names comes from the secrets.env beside it, read as `fly secrets import`
reads it, or is set by a command of the README.md.
"""

import base64
import binascii
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
VOLUME = re.compile(r"[a-z0-9_]{1,30}")
DURATION = re.compile(r"([0-9]+(ms|s|m|h))+")
SIZE = re.compile(r"[0-9]+ ?([kmgt]i?b?)?", re.IGNORECASE)
PRESET = re.compile(r"shared-cpu-[1248]x|performance-(1|2|4|8|16)x")
LONGEST_LINE = 64 * 1024


def text(value):
    return None if isinstance(value, str) and value else "is no text"


def flag(value):
    return None if isinstance(value, bool) else "is neither true nor false"


def number(least, most):
    def check(value):
        good = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if good else f"is no number from {least} to {most}"

    return check


def like(pattern):
    return lambda value: None if isinstance(value, str) and pattern.fullmatch(value) else f"is not like {pattern.pattern}"


def one_of(*values):
    return lambda value: None if value in values else f"is none of {', '.join(map(str, values))}"


def path(value):
    return None if isinstance(value, str) and value.startswith("/") and value != "/" else "is no path in the machine"


class Table(dict):
    """Fields by name: a check, a Table, a list of one Table; a name that ends with `!` has to be there."""


class Names(Table):
    """A table with names of the app's own; all values are alike."""

    def __init__(self, names, values):
        super().__init__()
        self.names, self.values_ = names, values


class Words:
    def __init__(self, check=text):
        self.check = check


CHECK = Table(
    grace_period=like(DURATION), interval=like(DURATION), timeout=like(DURATION), method=one_of("GET", "HEAD"),
    path=lambda value: None if isinstance(value, str) and value.startswith("/") else "is no path",
    protocol=one_of("http", "https"), tls_skip_verify=flag, tls_server_name=text, headers=Names(text, lambda value: None),
)
CONCURRENCY = Table(**{"type!": one_of("requests", "connections")}, soft_limit=number(1, 100000), hard_limit=number(1, 100000))
SCALING = {
    "auto_stop_machines": one_of("off", "stop", "suspend"), "auto_start_machines": flag,
    "min_machines_running": number(0, 1000), "concurrency": CONCURRENCY,
}
PORT = number(1, 65535)
CONFIG = Table(**{
    "app!": like(NAME),
    "primary_region": like(re.compile(r"[a-z]{3}")),
    "kill_signal": one_of("SIGINT", "SIGTERM", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGKILL", "SIGSTOP"),
    "kill_timeout": like(DURATION),
    "build!": Table(image=text, dockerfile=text, ignorefile=text, args=Names(like(VARIABLE), lambda value: None), **{"build-target": text}),
    "deploy": Table(release_command=text, strategy=one_of("rolling", "immediate", "canary", "bluegreen")),
    "experimental": Table(entrypoint=Words(), cmd=Words(), exec=Words()),
    "env": Names(like(VARIABLE), lambda value: None if isinstance(value, str) else "is no text"),
    "http_service": Table(**{"internal_port!": PORT}, force_https=flag, checks=[CHECK], **SCALING),
    "services": [Table(
        **{"protocol!": one_of("tcp", "udp"), "internal_port!": PORT}, http_checks=[CHECK], **SCALING,
        **{"ports!": [Table(
            **{"port!": PORT}, force_https=flag,
            handlers=Words(one_of("http", "tls", "pg_tls", "proxy_proto", "edge_http")),
        )]},
    )],
    "checks": Names(text, Table(CHECK, **{"type!": one_of("http", "tcp"), "port!": PORT})),
    "files": [Table(**{"guest_path!": path}, raw_value=text, secret_name=like(VARIABLE))],
    "mounts": [Table(**{"source!": like(VOLUME), "destination!": path}, initial_size=like(SIZE))],
    "restart": [Table(**{"policy!": one_of("always", "on-failure", "never")}, retries=number(0, 1000))],
    "vm": [Table(size=like(PRESET), cpu_kind=one_of("shared", "performance"), cpus=one_of(1, 2, 4, 8, 16), memory=like(re.compile(r"[0-9]+mb")))],
    "metrics": [Table(**{"port!": PORT, "path!": text}, processes=Words())],
})


def fields(value, schema, where=""):
    """What is wrong with a value, by its place."""
    if isinstance(schema, list):
        if not isinstance(value, list) or not value:
            yield f"{where} is no list of tables"
            return
        for index, item in enumerate(value):
            yield from fields(item, schema[0], f"{where}[{index}]")
    elif isinstance(schema, Words):
        if not isinstance(value, list):
            yield f"{where} is no list"
            return
        for item in value:
            problem = schema.check(item)
            if problem:
                yield f"{where}: {item!r} {problem}"
    elif isinstance(schema, Table):
        if not isinstance(value, dict):
            yield f"{where} is no table"
            return
        known = {name.removesuffix("!"): inner for name, inner in schema.items()}
        for name, item in value.items():
            inner_where = f"{where}.{name}".lstrip(".")
            if isinstance(schema, Names):
                problem = schema.names(name)
                if problem:
                    yield f"the name {inner_where} {problem}"
                yield from fields(item, schema.values_, inner_where)
            elif name not in known:
                yield f"unknown field {inner_where}"
            else:
                yield from fields(item, known[name], inner_where)
        for name in schema:
            if name.endswith("!") and name[:-1] not in value:
                yield f"{where}.{name[:-1]} is missing".lstrip(".")
    else:
        problem = schema(value)
        if problem:
            yield f"{where}: {value!r} {problem}"


def app(config):
    """What flyctl and the platform check beyond fields."""
    build = config.get("build", {})
    if ("image" in build) == ("dockerfile" in build):
        yield "an image or a dockerfile, not both"
    experimental = config.get("experimental", {})
    if "exec" in experimental and len(experimental) > 1:
        yield "`exec` replaces entrypoint and cmd"
    yield from (f"the variable {name} belongs to Fly.io" for name in config.get("env", {}) if name.startswith("FLY_"))
    if len(config.get("mounts", [])) > 1:
        yield "a machine mounts one volume"
    taken = ["tcp 80", "tcp 443"] if "http_service" in config else []
    for service in config.get("services", []):
        for port in service["ports"]:
            taken.append(f"{service['protocol']} {port['port']}")
            if service["protocol"] == "udp" and ("handlers" in port or port["port"] != service["internal_port"]):
                yield f"a UDP port has no handlers and keeps its number: {port}"
            if port.get("force_https") and "http" not in port.get("handlers", []):
                yield f"force_https without HTTP: {port}"
    yield from (f"port {port} twice" for port in sorted(set(taken)) if taken.count(port) > 1)
    inner = [f"{it['protocol']} {it['internal_port']}" for it in config.get("services", [])]
    yield from (f"two services for {port}" for port in sorted(set(inner)) if inner.count(port) > 1)
    for file in config.get("files", []):
        if ("raw_value" in file) == ("secret_name" in file):
            yield f"the file {file['guest_path']} has one content"
    for machine in config.get("vm", []):
        if "size" in machine:
            continue
        memory, cpus, shared = int(machine["memory"][:-2]), machine["cpus"], machine["cpu_kind"] == "shared"
        least, most, step = (256, 2048, 256) if shared else (2048, 8192, 1024)
        if not cpus * least <= memory <= cpus * most or memory % step or (shared and cpus > 8):
            yield f"there is no such machine: {machine}"


def imported(lines):
    """The secrets as `fly secrets import` reads them: it cuts comments, removes quotes, and unescapes nothing."""
    secrets = {}
    for line in lines.split("\n"):
        if not line.strip() or line.startswith("#"):
            continue
        if len(line) >= LONGEST_LINE:
            raise ValueError("a line that is longer than flyctl reads")
        name, equals, value = line.partition("=")
        if not equals or '"""' in value:
            raise ValueError(f"a line that is no NAME=VALUE, for {name}")
        before, hash_sign, _ = value.partition("#")
        if hash_sign and before.count('"') % 2 == 0:
            raise ValueError(f"a comment in the value of {name}")
        quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
        plain = value[1:-1] if quoted else value
        if "\\" in plain and value.startswith('"') or plain.startswith(("'", '"')):
            raise ValueError(f"quotes or escapes that flyctl would keep in the value of {name}")
        secrets[name] = plain
    return secrets


def beside(path, config):
    """What is wrong with the files beside a fly.toml."""
    secrets, by_hand = {}, set()
    env = path.with_name("secrets.env")
    if env.exists():
        if env.stat().st_mode & 0o077:
            yield "others can read secrets.env"
        try:
            secrets = imported(env.read_text(encoding="utf-8"))
        except ValueError as problem:
            yield f"secrets.env: {problem}"
        if not secrets:
            yield "secrets.env without a secret: `fly secrets import` refuses it"
    readme = path.with_name("README.md").read_text(encoding="utf-8")
    for line in readme.splitlines():
        words = shlex.split(line) if line.startswith("fly ") else []
        if "--app" in words and words[words.index("--app") + 1] != config["app"]:
            yield f"a command for another app: {line}"
        if words[:3] == ["fly", "secrets", "set"]:
            by_hand.add(words[-1].partition("=")[0])
        elif words[:3] == ["fly", "mpg", "attach"]:
            by_hand.add(words[-1])
    if f"fly apps create {config['app']}\n" not in readme or "fly deploy --config" not in readme:
        yield "the README.md says neither how to create nor how to deploy the app"
    if ("fly secrets import" in readme) != env.exists():
        yield "the README.md does not say what becomes of secrets.env"
    yield from (f"the secret {name} is known, and set by hand" for name in by_hand & secrets.keys())
    yield from (f"the variable {name} is a secret, too" for name in (by_hand | secrets.keys()) & config.get("env", {}).keys())
    for file in config.get("files", []):
        name = file.get("secret_name")
        if name in secrets:
            try:
                base64.b64decode(secrets[name], validate=True)
            except binascii.Error:
                yield f"the secret {name} of a file is not base64"
        elif name in by_hand and not path.with_name(f"{name}.txt").exists():
            yield f"there is no {name}.txt"
        elif name is not None and name not in by_hand:
            yield f"nobody sets the secret {name}"


def validated(path):
    """What flyctl itself says."""
    if shutil.which("flyctl"):
        ran = subprocess.run(["flyctl", "config", "validate", "--strict", "--config", path], capture_output=True, text=True)
        if ran.returncode:
            yield f"flyctl: {ran.stderr.strip() or ran.stdout.strip()}"


def main(folders):
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).rglob("fly.toml"))
    if not paths:
        sys.exit(f"no fly.toml below {' '.join(folders)}")
    refused = 0
    for path in paths:
        config = tomllib.loads(path.read_text(encoding="utf-8"))
        wrong = list(fields(config, CONFIG))
        # What else is looked at takes the fields for granted.
        if not wrong:
            wrong = [*app(config), *beside(path, config), *validated(path)]
        refused += bool(wrong)
        for problem in wrong:
            print(f"{path}: {problem}", file=sys.stderr)
    print(f"fly.toml and its secrets are right for {len(paths) - refused} of {len(paths)} apps")
    sys.exit(1 if refused else 0)


if __name__ == "__main__":
    main(sys.argv[1:])
