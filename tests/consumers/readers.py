#!/usr/bin/env python3
"""Reads what scorec built with three readers of YAML, which must all see the same.

    readers.py FOLDER…   folders, at any depth of which a compose.yaml lies

PyYAML reads YAML 1.1, ruamel.yaml 1.2, and the `yaml` of Node 1.2: a text that one of them takes for a number,
a date or a boolean shows here. The variables of a case are compared with its Score file as well.
Needs PyYAML and ruamel.yaml; `yaml` is looked for below target/tools.
"""

import io
import json
import pathlib
import subprocess
import sys

import ruamel.yaml
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
NODE = """
const YAML = require('yaml');
const fs = require('fs');
const paths = fs.readFileSync(0, 'utf8').split('\\n').filter((it) => it !== '');
process.stdout.write(JSON.stringify(paths.map((it) => YAML.parse(fs.readFileSync(it, 'utf8')))));
"""


def plain(value):
    """The value as JSON says it, in which a date or a special number differs from its text."""
    return json.dumps(value, sort_keys=True, default=lambda it: f"<{type(it).__name__} {it}>")


def with_node(paths):
    text = "\n".join(map(str, paths))
    node = subprocess.run(["node", "-e", NODE], input=text, cwd=ROOT / "target/tools", check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return json.loads(node.stdout)


def main(folders):
    paths = sorted(path for folder in folders for path in pathlib.Path(folder).resolve().rglob("compose.yaml"))
    if not paths:
        sys.exit(f"no compose.yaml below {' '.join(folders)}")
    wrong = 0
    for path, node in zip(paths, with_node(paths)):
        text = path.read_bytes().decode()
        readings = {
            "PyYAML": plain(yaml.safe_load(text)),
            "ruamel.yaml": plain(ruamel.yaml.YAML(typ="safe", pure=True).load(io.StringIO(text))),
            "yaml of Node": plain(node),
        }
        if len(set(readings.values())) > 1:
            wrong += 1
            print(f"{path}: readers disagree:", *(f"  {name}: {it}" for name, it in readings.items()), sep="\n", file=sys.stderr)
    wrong += sum(changed(path) for path in paths if "texts-that-look-like" in str(path))
    print(f"three readers of YAML agree on {len(paths) - wrong} of {len(paths)} files")
    sys.exit(1 if wrong else 0)


def changed(path):
    """How many variables are not what the Score file of the case says."""
    case = next(part for part in path.parts if part.startswith("texts-that-look-like"))
    score = yaml.safe_load((ROOT / "tests/compile" / case / "score.yaml").read_text(encoding="utf-8"))
    wanted = score["containers"]["main"]["variables"]
    found = yaml.safe_load(path.read_bytes().decode())["services"]["web-main"]["environment"]
    different = [name for name, text in wanted.items() if found.get(name) != text.replace("$", "$$")]
    for name in different:
        print(f"{path}: {name} is {found.get(name)!r}, not {wanted[name]!r}", file=sys.stderr)
    return len(different)


if __name__ == "__main__":
    main(sys.argv[1:])
