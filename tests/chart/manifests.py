"""Looking around in rendered manifests."""

import tomllib
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
CHART = ROOT / "deploy/chart"
POD_OWNERS = ("Deployment", "Job", "CronJob")


def load(file):
    return [document for document in yaml.safe_load_all(Path(file).read_text()) if document]


def name(document):
    return document["metadata"]["name"]


def called(document):
    return f"{document['kind']}/{name(document)}"


def of(documents, *kinds):
    return [document for document in documents if document["kind"] in kinds]


def is_hook(document):
    return "helm.sh/hook" in document["metadata"].get("annotations", {})


def template(owner):
    job = owner["spec"].get("jobTemplate", owner)
    return job["spec"]["template"]


def pod(owner):
    return owner["spec"] if owner["kind"] == "Pod" else template(owner)["spec"]


def pod_labels(owner):
    return template(owner)["metadata"]["labels"]


def walk(value, path=()):
    yield path, value
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, child in items:
        yield from walk(child, (*path, key))


def selects(selector, labels):
    return selector.items() <= labels.items()


def release(documents):
    return of(documents, "Deployment")[0]["metadata"]["labels"]["app.kubernetes.io/instance"]


def configuration(documents):
    [text] = [one["data"]["pingyi.toml"] for one in of(documents, "ConfigMap") if "pingyi.toml" in one["data"]]
    return text


def settings(documents):
    return tomllib.loads(configuration(documents))
