#!/usr/bin/env python3
"""Validates the manifests that scorec built: `kubernetes.py TOOLS FOLDER…`, called by kubernetes.sh.

Each object is held to the strict schemas of the latest three versions of Kubernetes, custom ones to those of
their makers, and each project to what the API server checks beyond schemas: names, references between objects,
and variables that are defined before they are used.
"""

import collections
import importlib.util
import json
import pathlib
import re
import subprocess
import sys

import kubernetes_validate
import kubernetes_validate.utils
import yaml

# `-I` keeps the folder of this script out of the way of modules.
location = importlib.util.spec_from_file_location("custom_kinds", pathlib.Path(__file__).with_name("custom.py"))
custom_kinds = importlib.util.module_from_spec(location)
location.loader.exec_module(custom_kinds)

VERSIONS = list(dict.fromkeys(kubernetes_validate.utils.all_versions()))[-3:]
LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
SERVICE = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
PORT = re.compile(r"(?!.*--)[a-z0-9]([-a-z0-9]{0,13}[a-z0-9])?")
KEY = re.compile(r"[-._a-zA-Z0-9]{1,253}")
VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
VARIABLE = re.compile(r"\$\$|\$\(([^)]*)\)")
LONGEST = {"StatefulSet": 52, "CronJob": 52}


def documents(path):
    with open(path, encoding="utf-8") as file:
        return [it for it in yaml.safe_load_all(file) if it is not None]


def pods(item):
    """The pod spec of an object, and the labels of its pods."""
    spec = item.get("spec", {})
    template = spec.get("template") or spec.get("jobTemplate", {}).get("spec", {}).get("template")
    if isinstance(template, dict) and "spec" in template and "containers" in template["spec"]:
        yield template["spec"], template["metadata"].get("labels", {})
    if item["kind"] == "Pod":
        yield spec, item["metadata"].get("labels", {})


def doubles(what, names):
    return [f"{what} `{name}` twice" for name, count in collections.Counter(names).items() if count > 1]


def server(item, spec):
    """What a pod of the standard rules lacks: the `restricted` profile of the Pod Security Standards, and health checks."""
    pod = spec.get("securityContext", {})
    if pod.get("runAsNonRoot") is not True or pod.get("seccompProfile") != {"type": "RuntimeDefault"}:
        yield "a pod that is not restricted"
    if spec.get("automountServiceAccountToken") is not False:
        yield "a pod with a token of the cluster"
    for container in spec["containers"]:
        own = container.get("securityContext", {})
        if own.get("allowPrivilegeEscalation") is not False or own.get("capabilities") != {"drop": ["ALL"]}:
            yield f"container `{container['name']}` is not restricted"
        if not re.search(r":[^/]*\d", container["image"]):
            yield f"the image `{container['image']}` is not pinned"
        if item["kind"] == "StatefulSet" and not {"startupProbe", "readinessProbe"} <= container.keys():
            yield f"container `{container['name']}` has no health check"


class Project:
    # Objects that the platform provides, and that no build holds: those of the cases, and the target's own option.
    PROVIDED = re.compile(r"vault|postgres-orders-db|settings|.*-environment")

    def __init__(self, objects, secrets):
        self.held = {(it["kind"], it["metadata"]["name"]): it for it in objects + secrets}
        self.external = {it["spec"]["target"]["name"] for it in objects if it["kind"] == "ExternalSecret"}
        self.external.update(name for it in objects for name in custom_kinds.secrets(it))

    def key(self, kind, reference):
        """A reference to one key of a ConfigMap or a Secret."""
        name, key = reference["name"], reference["key"]
        item = self.held.get((kind, name))
        if item is None:
            known = self.PROVIDED.fullmatch(name) or (kind == "Secret" and name in self.external)
            return [] if known else [f"there is no {kind} `{name}`"]
        found = {**item.get("data", {}), **item.get("stringData", {}), **item.get("binaryData", {})}
        return [] if key in found else [f"{kind} `{name}` has no key `{key}`"]

    def problems(self, item):
        kind, name = item["kind"], item["metadata"]["name"]
        pattern = SERVICE if kind == "Service" else LABEL
        if not pattern.fullmatch(name) or len(name) > LONGEST.get(kind, 63):
            yield f"the name `{name}` of a {kind}"
        for key, value in item["metadata"].get("labels", {}).items():
            if not VALUE.fullmatch(value):
                yield f"the label {key}={value}"
        for key in [*item.get("data", {}), *item.get("stringData", {}), *item.get("binaryData", {})]:
            if not KEY.fullmatch(key):
                yield f"the key `{key}` of a {kind}"
        if kind == "Service":
            yield from doubles("port", [it["name"] for it in item["spec"].get("ports", [])])
        for spec, labels in pods(item):
            selector = item["spec"].get("selector", {}).get("matchLabels", {})
            if any(labels.get(key) != value for key, value in selector.items()):
                yield "the selector does not match the pods"
            yield from self.pod(item, spec)
            if "k8s.score.dev/workload-name" not in item["metadata"].get("annotations", {}):
                yield from server(item, spec)

    def pod(self, item, spec):
        inits, mains = spec.get("initContainers", []), spec["containers"]
        yield from doubles("container", [it["name"] for it in inits + mains])
        claims = [it["metadata"]["name"] for it in item["spec"].get("volumeClaimTemplates", [])]
        volumes = spec.get("volumes", [])
        yield from doubles("volume", [it["name"] for it in volumes] + claims)
        for volume in volumes:
            if not LABEL.fullmatch(volume["name"]):
                yield f"the volume `{volume['name']}`"
            yield from self.volume(volume)
        known = {it["name"] for it in volumes} | set(claims)
        for container in inits + mains:
            mounts = container.get("volumeMounts", [])
            yield from doubles("mount", [it["mountPath"] for it in mounts])
            yield from (f"no volume `{it['name']}`" for it in mounts if it["name"] not in known)
            for port in container.get("ports", []):
                if not PORT.fullmatch(port["name"]):
                    yield f"the port name `{port['name']}`"
            yield from self.variables(container.get("env", []))
        for container in inits:
            probes = [it for it in ("livenessProbe", "readinessProbe", "startupProbe") if it in container]
            if probes and container.get("restartPolicy") != "Always":
                yield f"init container `{container['name']}` has a {probes[0]}"

    def volume(self, volume):
        for field, kind, name in (("configMap", "ConfigMap", "name"), ("secret", "Secret", "secretName")):
            if field in volume:
                name = volume[field][name]
                if (kind, name) not in self.held and name not in self.external and not self.PROVIDED.fullmatch(name):
                    yield f"there is no {kind} `{name}`"
                for it in volume[field].get("items", []):
                    yield from self.key(kind, {"name": name, "key": it["key"]})
        claim = volume.get("persistentVolumeClaim")
        if claim and ("PersistentVolumeClaim", claim["claimName"]) not in self.held:
            yield f"there is no claim `{claim['claimName']}`"

    def variables(self, env):
        yield from doubles("variable", [it["name"] for it in env])
        seen = set()
        for variable in env:
            for match in VARIABLE.finditer(variable.get("value", "")):
                if match[0] != "$$" and match[1] not in seen:
                    yield f"`{variable['name']}` uses `$({match[1]})`, which is not defined before it"
            seen.add(variable["name"])
            source = variable.get("valueFrom", {})
            for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
                if field in source:
                    yield from self.key(kind, source[field])


def custom(objects, tools):
    """What is wrong with each custom object, in their order."""
    program = pathlib.Path(__file__).with_suffix(".mjs")
    node = subprocess.run(["node", program, tools], input=json.dumps(objects), check=True, stdout=subprocess.PIPE, encoding="utf-8")
    return json.loads(node.stdout)


def schema_problems(item):
    for version in VERSIONS:
        try:
            kubernetes_validate.validate(item, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            path = ".".join(map(str, error.absolute_path))
            yield f"{version}: {path}: {error.message}"
            return


def main(tools, folders):
    # One file, or a folder with a file for each object.
    found = (path for folder in folders for path in pathlib.Path(folder).rglob("manifests*"))
    paths = sorted(path for path in found if path.name == "manifests.yaml" or path.is_dir())
    if not paths:
        sys.exit(f"no manifests.yaml below {' '.join(folders)}")
    wrong, count, customs, seen = [], 0, [], {}
    for path in paths:
        objects = [it for file in (sorted(path.iterdir()) if path.is_dir() else [path]) for it in documents(file)]
        beside = path.with_name("secrets.yaml")
        secrets = documents(beside) if beside.exists() else []
        if any(it["kind"] == "Secret" for it in objects):
            wrong.append(f"{path}: a Secret among the manifests")
        names = [f"{it['kind']}/{it['metadata']['name']}" for it in objects + secrets]
        found = doubles("object", names)
        project = Project(objects, secrets)
        for item in objects + secrets:
            count += 1
            found += (f"{item['kind']}/{item['metadata']['name']}: {it}" for it in project.problems(item))
            if custom_kinds.is_known(item):
                problem = custom_kinds.problem(item)
                found += [f"{item['kind']}/{item['metadata']['name']}: {problem}"] if problem else []
            elif "." in item["apiVersion"].split("/")[0] and not item["apiVersion"].split("/")[0].endswith(".k8s.io"):
                customs.append((path, item))
            elif item["apiVersion"].startswith("gateway.networking.k8s.io/"):
                customs.append((path, item))
            else:
                # Equal objects of many projects are looked at once.
                text = json.dumps(item, sort_keys=True)
                if text not in seen:
                    seen[text] = list(schema_problems(item))
                found += (f"{item['kind']}/{item['metadata']['name']}: {it}" for it in seen[text])
        wrong += (f"{path}: {it}" for it in found)
    said = custom([item for _, item in customs], tools)
    wrong += (f"{path}: {item['kind']}/{item['metadata']['name']}: {it}" for (path, item), it in zip(customs, said) if it)
    for line in wrong:
        print(line, file=sys.stderr)
    refused = len({line.split(": ")[0] for line in wrong})
    print(f"Kubernetes {', '.join(VERSIONS)} accepts {len(paths) - refused} of {len(paths)} projects ({count} objects)")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
