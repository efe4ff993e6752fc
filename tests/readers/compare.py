"""Compares what readers of YAML see with the JSON of the same value: `compare.py TOOLS FOLDER`, called by run.sh."""

import difflib
import json
import pathlib
import subprocess
import sys

import ruamel.yaml
import yaml

NODE = """
const file = require('fs').readFileSync(0, 'utf8');
const read = {yaml: () => require('yaml').parse(file), 'js-yaml': () => require('js-yaml').load(file)};
process.stdout.write(JSON.stringify(read[process.argv[1]]()));
"""


def node(tools, package):
    return lambda path: json.loads(run(["node", "-e", NODE, package], path, cwd=tools))


def go(tools, reader):
    return lambda path: json.loads(run([tools / "go", reader], path))


def run(command, path, **options):
    with open(path, encoding="utf-8") as file:
        return subprocess.run(command, stdin=file, check=True, stdout=subprocess.PIPE, encoding="utf-8", **options).stdout


def safe(value):
    """A date or a set would be no JSON, and differs from every string."""
    return json.loads(json.dumps(value, default=lambda it: {"not a string": type(it).__name__}))


def main(tools, folder):
    readers = {
        "PyYAML": lambda path: safe(yaml.safe_load(path.read_bytes())),
        "ruamel.yaml": lambda path: safe(ruamel.yaml.YAML(typ="safe", pure=True).load(path.read_bytes())),
        "yaml of Node": node(tools, "yaml"),
        "js-yaml of Node": node(tools, "js-yaml"),
        "yaml.v3 of Go": go(tools, "yaml.v3"),
        "sigs.k8s.io/yaml of Go": go(tools, "sigs"),
    }
    wanted = json.loads((folder / "strings.json").read_text(encoding="utf-8"))
    wrong = 0
    for name, read in readers.items():
        for file in ("strings.yaml", "strings.kyaml"):
            for line in different(wanted, read(folder / file)):
                wrong += 1
                print(f"{name} reads {file}: {line}", file=sys.stderr)
    reference = run([tools / "go", "kyaml"], folder / "sample.yaml").splitlines()
    own = (folder / "sample.kyaml").read_text(encoding="utf-8").splitlines()
    for line in difflib.unified_diff(reference, own, "Kubernetes", "scorec", lineterm="", n=0):
        wrong += 1
        print(line, file=sys.stderr)
    print(f"{len(readers)} readers see {len(wanted['strings'])} strings alike, {wrong} differences")
    sys.exit(1 if wrong else 0)


def different(wanted, found):
    for key, value in wanted.items():
        other = found.get(key)
        if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
            yield from (f"{key}: {b!r}, not {a!r}" for a, b in zip(value, other) if a != b or type(a) is not type(b))
        elif isinstance(value, dict) and isinstance(other, dict):
            yield from (f"{key}: no key {a!r}" for a in value.keys() - other.keys())
            yield from (f"{key}: a key {a!r}" for a in other.keys() - value.keys())
        elif value != other:
            yield f"{key}: {other!r}"


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
