"""What the chart must be beyond what helm can see.

    check.py rules     CHART=FILE…          rendered manifests keep every rule, and each rule bites
    check.py values    HELM                 each wrong combination is refused, for its own reason
    check.py accepted  BINARY FILE…         the real binary takes what the manifests give it

Prints a line for each check, `ok …` or `not ok …`; the exit code is 1 if any failed.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import yaml

from manifests import (
    CHART, POD_OWNERS, ROOT, called, configuration, load, of, pod, settings, template as pod_template,
)  # fmt: skip
from rules import BREAKS, RULES, SERVICES, broken, containers, names_fit

failed = False


def check(name, problems):
    global failed
    failed |= bool(problems)
    print(f"not ok  {name}: " + "; ".join(problems) if problems else f"ok      {name}")


# ── What stands beside the chart ──────────────────────────────────────────────────────────────────


def versions_agree():
    package = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    if chart["appVersion"] != package["version"]:
        yield f"Chart.yaml has appVersion {chart['appVersion']}, Cargo.toml {package['version']}"
    if f"FROM rust:{package['rust-version']}." not in (ROOT / "deploy/Dockerfile").read_text():
        yield f"the Dockerfile does not build with Rust {package['rust-version']}"
    services = yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())["services"]
    if services["pingyi"]["image"] != f"pingyi:{package['version']}":
        yield f"compose.yaml runs {services['pingyi']['image']}"


def compose_gives_nothing_away():
    for service, its in yaml.safe_load((ROOT / "deploy/compose.yaml").read_text())[
        "services"
    ].items():
        if not re.search(r":[^:/]*\d[^:/]*$", its["image"]):
            yield f"{service} runs any {its['image']}"
        for variable, value in its.get("environment", {}).items():
            secret = re.search("PASSWORD|URL", variable) and not value.startswith("folder:")
            if secret and "${POSTGRES_PASSWORD:?" not in value:
                yield f"{service} has {variable} written down"
        for port in its.get("ports", []):
            if not port.startswith("127.0.0.1:"):
                yield f"{service} is open on {port}"


def compose_takes_a_region():
    """As deploy/README.md gives it one: a copied folder, and two lines that are comments no more."""
    text = (ROOT / "deploy/compose.yaml").read_text()
    text = re.sub(r"^( +)# (PINGYI__CATALOG__REGION: |- \./region:)", r"\1\2", text, flags=re.M)
    pingyi = yaml.safe_load(text)["services"]["pingyi"]
    region = pingyi["environment"].get("PINGYI__CATALOG__REGION")
    if f"./region:{region}:ro" not in pingyi["volumes"]:
        yield f"the region is looked for in {region}, and there is {pingyi['volumes']}"
    copied = re.search(r"`cp -r (\S+) deploy/region`", (ROOT / "deploy/README.md").read_text())
    if not copied or not (ROOT / copied[1] / "organization.toml").is_file():
        yield "deploy/README.md gives it no region"


# ── The three commands ────────────────────────────────────────────────────────────────────────────


def rules(pairs):
    sets = []
    for pair in pairs:
        values, file = pair.split("=", 1)
        documents, given = load(file), yaml.safe_load((CHART / f"ci/{values}.yaml").read_text())
        sets.append((documents, given))
        for rule in RULES:
            check(f"{values}: {rule.__name__.replace('_', ' ')}", list(rule(documents, given)))
    check("versions agree", list(versions_agree()))
    check("compose gives nothing away", list(compose_gives_nothing_away()))
    check("compose takes a region", list(compose_takes_a_region()))
    # Proven on the last that has it: a rule that nothing breaks is none.
    for rule, which, path, value in BREAKS:
        documents, given = [one for one in sets if which in map(called, one[0])][-1]
        bites = list(rule(broken(documents, which, path, value), given))
        told = (
            f"{rule.__name__.replace('_', ' ')}: bites where {which} has {path} {str(value)[:20]}"
        )
        check(told, [] if bites else ["it does not"])
    check("every rule is proven", [r.__name__ for r in RULES if r not in [b[0] for b in BREAKS]])


def values(helm):
    minimal = CHART / "ci/minimal.yaml"

    def template(release, over, chart=CHART):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(over, file)
            command = [helm, "template", "--values", minimal, "--values", file.name, release, chart]
            done = subprocess.run(command, capture_output=True, text=True)
        return done, [document for document in yaml.safe_load_all(done.stdout) if document]

    for case in yaml.safe_load((Path(__file__).parent / "refusals.yaml").read_text()):
        done, _ = template(case.get("release", "pingyi"), case.get("values", {}))
        if "taken" in case:
            check(f"{case['taken']} is taken", [done.stderr.strip()] if done.returncode else [])
            continue
        problems = [] if done.returncode else ["helm takes it"]
        if case["says"] not in done.stderr:
            problems.append(f"it does not say {case['says']!r} but {done.stderr.strip()!r}")
        check(f"{case['refused']} is refused", problems)

    # Side by side in one namespace, and with the longest name there may be.
    objects = []
    for release in ("a", "a-catalog", "r" * 51):
        _, documents = template(release, {})
        objects += [called(document) for document in documents]
        problems = list(names_fit(documents, {})) if documents else ["nothing is rendered"]
        check(f"names of release {release[:9]} fit", problems)
    check("releases share no object", sorted({one for one in objects if objects.count(one) > 1}))

    traced = {"telemetry": {"endpoint": "http://collector.traces:4317", "ratio": 0.25}}
    _, documents = template("pingyi", traced)
    configured = settings(documents).get("telemetry")
    problems = [] if configured == traced["telemetry"] else [f"configured is {configured}"]
    for policy in of(documents, "NetworkPolicy"):
        open_ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
        its = policy["metadata"]["labels"]["app.kubernetes.io/component"]
        if (4317 in open_ports) != (its in SERVICES):
            problems.append(f"{called(policy)} lets out to {sorted(map(str, open_ports))}")
    check("traces reach their collector", problems)

    written = {
        "url": "http://sms:8080/send",
        "token": {"secret": "sms"},
        "link": "https://x/{token}",
        "lookUp": "12345",
    }
    _, documents = template("pingyi", {"notifier": written})
    configured = settings(documents).get("notifier")
    expected = {"url": written["url"], "link": written["link"], "look_up": written["lookUp"]}
    problems = [] if configured == expected else [f"configured is {configured}"]
    for owner in of(documents, "Deployment", "NetworkPolicy"):
        here = owner["metadata"]["labels"]["app.kubernetes.io/component"] == "intake"
        if ("8080" in str(owner) or "PINGYI__NOTIFIER__SECRET" in str(owner)) != here:
            problems.append(f"{called(owner)} has {'no' if here else 'a'} way to the gateway")
    check("messages reach their gateway, from intake alone", problems)

    kept = {
        "url": "s3://evidence/city",
        "endpoint": "http://objects:9123",
        "accessKey": {"secret": "objects"},
        "secretKey": {"secret": "objects"},
    }
    _, documents = template("pingyi", {"documents": kept})
    configured = settings(documents).get("documents")
    expected = {"url": kept["url"], "endpoint": kept["endpoint"]}
    problems = [] if configured == expected else [f"configured is {configured}"]
    for owner in of(documents, "Deployment", "NetworkPolicy"):
        component = owner["metadata"]["labels"]["app.kubernetes.io/component"]
        here = component in ("intake", "ticketing")
        if ("9123" in str(owner) or "PINGYI__DOCUMENTS__SECRET_KEY" in str(owner)) != here:
            problems.append(f"{called(owner)} has {'no' if here else 'a'} way to the store")
    check("documents reach their store, from intake and ticketing alone", problems)

    def pods(over, chart=CHART):
        _, documents = template("pingyi", over, chart)
        return {called(owner): pod_template(owner) for owner in of(documents, *POD_OWNERS)}

    def changed(other):
        return {owner for owner in plain | other if plain.get(owner) != other.get(owner)}

    # A new chart alone starts no pod anew, another configuration every one that reads it.
    plain, reconfigured = pods({}), pods(traced)
    with tempfile.TemporaryDirectory() as folder:
        newer = Path(shutil.copytree(CHART, folder, dirs_exist_ok=True))
        about = yaml.safe_load((newer / "Chart.yaml").read_text()) | {"version": "99.0.0"}
        (newer / "Chart.yaml").write_text(yaml.safe_dump(about))
        upgraded = pods({}, newer)
    check("another version of the chart changes no pod", sorted(changed(upgraded)))
    reading = {f"Deployment/pingyi-{service}" for service in SERVICES}
    check("another configuration changes the pods", sorted(changed(reconfigured) ^ reading))


def accepted(binary, files):
    """Each container's own arguments and variables: `serve` gets as far as its keys."""
    secrets = {
        "PINGYI__DATABASE__URL": "postgres://pingyi:secret@127.0.0.1:1/pingyi",
        "PINGYI__REDIS__URL": "redis://127.0.0.1:1",
        "PINGYI__NOTIFIER__SECRET": "geheim",
        "PINGYI__DOCUMENTS__ACCESS_KEY": "pingyi",
        "PINGYI__DOCUMENTS__SECRET_KEY": "geheim",
    }
    for file in files:
        documents = load(file)
        for owner in of(documents, *POD_OWNERS, "Pod"):
            with tempfile.TemporaryDirectory() as folder:
                problems = list(not_accepted(binary, documents, owner, secrets, Path(folder)))
            check(f"{Path(file).stem}: {called(owner)} is accepted", problems)


def with_certificates(binary, text, folder):
    """A configuration whose certificates are there, as the cluster's are."""
    made = [binary, "certificates", "--folder", folder / "certificates", "tls"]
    subprocess.run(made, capture_output=True, check=True)
    authority = {"/etc/pingyi/terminals/tls.crt": "ca.crt", "/etc/pingyi/terminals/tls.key": "ca.key"}
    for there, file in authority.items():
        text = text.replace(there, f"{folder}/certificates/{file}")
    for mounted in ("tls", "authorities", "clients"):
        text = text.replace(f"/etc/pingyi/{mounted}/", f"{folder}/certificates/")
    return text


def not_understood(binary, documents, owner, folder):
    """What asks the services: it finds nobody, but knows what it is told to do."""
    (folder / "token").write_text("a.b.c")
    for container in containers(owner):
        arguments = [
            one.replace("/etc/pingyi/token", str(folder)).replace("/etc/pingyi/files", str(folder))
            for one in container["args"]
        ]
        told = subprocess.run([binary, *arguments], capture_output=True, text=True)
        if told.returncode != 1:
            yield f"{container['name']}: {told.stderr.strip()}"


def not_accepted(binary, documents, owner, secrets, folder):
    if owner["metadata"]["labels"]["app.kubernetes.io/component"] == "client":
        yield from not_understood(binary, documents, owner, folder)
        return
    [container] = pod(owner)["containers"]
    variables = {one["name"]: one.get("value") or secrets[one["name"]] for one in container["env"]}
    variables["PINGYI__KEYS__FOLDER"] = str(folder / "keys")
    config = folder / "pingyi.toml"
    config.write_text(with_certificates(binary, configuration(documents), folder))
    command, *options = [str(config) if "/" in one else one for one in container["args"]]

    def run(*arguments):
        outside = {k: v for k, v in os.environ.items() if not k.startswith("PINGYI__")}
        command = [binary, *arguments]
        return subprocess.run(command, capture_output=True, text=True, env=outside | variables)

    printed = run("print-config", *[one for one in options if one not in SERVICES])
    if printed.returncode:
        yield printed.stderr.strip()
        return
    understood = tomllib.loads(printed.stdout)
    if understood["database"]["url"] != "postgres://pingyi:***@127.0.0.1:1/pingyi":
        yield "the database's address does not arrive"
    mounts = {one["mountPath"] for one in container.get("volumeMounts", [])}
    region = understood["catalog"].get("region")
    if region != ("/etc/pingyi/region" if "/etc/pingyi/region" in mounts else None):
        yield f"the region is looked for in {region}"
    vouched = understood["notifier"].get("ca")
    if "PINGYI__NOTIFIER__SECRET" in variables and vouched != "/etc/pingyi/sms/ca.pem":
        yield f"the gateway is vouched for by {vouched}"
    if ("/etc/pingyi/sms" in mounts) != ("PINGYI__NOTIFIER__SECRET" in variables):
        yield f"mounts {sorted(mounts)} and has {sorted(variables)}"
    vouched = understood["documents"].get("ca")
    if "PINGYI__DOCUMENTS__SECRET_KEY" in variables and vouched != "/etc/pingyi/documents/ca.pem":
        yield f"the store of documents is vouched for by {vouched}"
    if ("/etc/pingyi/documents" in mounts) != ("PINGYI__DOCUMENTS__SECRET_KEY" in variables):
        yield f"mounts {sorted(mounts)} and has {sorted(variables)}"
    if command == "serve":
        told = run(command, *options).stderr
        if f"{folder}/keys/peer.pem" not in told:
            yield told.strip()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["rules", *pairs] if pairs:
            rules(pairs)
        case ["values", helm]:
            values(helm)
        case ["accepted", binary, *files] if files:
            accepted(binary, files)
        case _:
            sys.exit(__doc__)
    sys.exit(failed)
