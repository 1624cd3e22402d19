"""The rules for rendered manifests: each yields what is wrong. And what would break each."""

import copy
import functools
import json
import re
from pathlib import Path

import kubernetes_validate
import yaml
from jsonschema import Draft202012Validator
from manifests import (
    CHART, POD_OWNERS, ROOT, called, is_hook, name, of, pod, pod_labels, release, selects, settings,
    walk,
)  # fmt: skip

SERVICES = ["catalog", "intake", "ticketing", "publication"]
# The kinds that Kubernetes itself does not know; every other one has to be Kubernetes' own.
SCHEMAS = {
    ("gateway.networking.k8s.io/v1", kind): Path(__file__).parent / f"{kind.lower()}.yaml"
    for kind in ("GRPCRoute", "BackendTLSPolicy")
}
DNS_LABEL = re.compile(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?")

# ── What the code says ────────────────────────────────────────────────────────────────────────────


def followed_in_code():
    follows = {}
    for service in SERVICES:
        source = ROOT / f"services/{service}/src"
        file, folder = source / "facts.rs", source / "facts/mod.rs"
        text = (file if file.exists() else folder).read_text()
        found = re.search(r"fn producers\(&self\)[^{]*\{\s*&\[(.*?)\]", text, re.S)
        follows[service] = set(re.findall(r"\w+", found[1].lower())) if found else set()
    return follows


def answered_in_proto():
    answers = {}
    # What installations tell each other is publication's.
    packages = [(service, service) for service in SERVICES] + [("publication", "exchange")]
    for service, package in packages:
        for file in (ROOT / f"proto/pingyi/{package}/v1").glob("*.proto"):
            names = re.findall(r"^service (\w+)", file.read_text(), re.M)
            answers.setdefault(service, set()).update(f"pingyi.{package}.v1.{one}" for one in names)
    return answers


# ── The rules ─────────────────────────────────────────────────────────────────────────────────────


def schemas_are_kept(documents, _):
    for document in documents:
        yield from against_schemas(json.dumps(document))


@functools.cache  # the schemas of Kubernetes are megabytes
def against_schemas(text):
    """Strictly, by the oldest Kubernetes that the chart takes and by the newest known."""
    document = json.loads(text)
    kind = document["kind"]
    if own := SCHEMAS.get((document["apiVersion"], kind)):
        errors = Draft202012Validator(yaml.safe_load(own.read_text())).iter_errors(document)
        return [f"{kind} {error.json_path}: {error.message}" for error in errors]
    problems = []
    oldest = yaml.safe_load((CHART / "Chart.yaml").read_text())["kubeVersion"]
    for version in (re.match(r">=(\d+\.\d+)", oldest)[1], kubernetes_validate.latest_version()):
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            problems.append(f"{kind} {error.json_path} in Kubernetes {version}: {error.message}")
        except kubernetes_validate.SchemaNotFoundError as error:
            problems.append(error.message)
    return problems


def names_fit(documents, _):
    seen = set()
    for document in documents:
        if not DNS_LABEL.fullmatch(name(document)):
            yield f"{called(document)} is no DNS label"
        if called(document) in seen:
            yield f"{called(document)} is there twice"
        seen.add(called(document))


def labels_and_annotations_are_text(documents, _):
    for document in documents:
        for path, value in walk(document):
            if len(path) > 1 and path[-2] in ("labels", "annotations", "matchLabels"):
                long = path[-2] != "annotations" and len(str(value)) > 63
                if not isinstance(value, str) or long:
                    yield f"{called(document)} {path[-1]}: {value!r}"


def ports_exist(documents, _):
    for document in documents:
        for path, value in walk(document):
            if path and path[-1] in ("port", "containerPort", "targetPort"):
                known = value == "grpc" or isinstance(value, int) and 1 <= value <= 65535
                if not known:
                    yield f"{called(document)} {path[-1]} {value}"
    for owner in of(documents, "Deployment"):
        for container in pod(owner)["containers"]:
            if "grpc" not in [port["name"] for port in container["ports"]]:
                yield f"{called(owner)} has no port grpc"


def selectors_find_pods(documents, _):
    pods = [pod_labels(owner) for owner in of(documents, *POD_OWNERS)]
    for document in of(documents, "Deployment", "Service", "PodDisruptionBudget", "NetworkPolicy"):
        spec = document["spec"]
        selector = spec["selector"] if "selector" in spec else spec["podSelector"]
        selector = selector.get("matchLabels", selector)
        found = [labels for labels in pods if selects(selector, labels)]
        if document["kind"] == "Deployment":
            found = [labels for labels in found if labels == pod_labels(document)]
        if len(found) != 1:
            yield f"{called(document)} selects {len(found)} kinds of pods"
        if document["kind"] != "NetworkPolicy":
            continue
        for path, value in walk(spec):
            ours = path and path[-1] == "matchLabels" and "app.kubernetes.io/instance" in value
            if ours and not any(selects(value, labels) for labels in pods):
                yield f"{called(document)} names a peer that does not exist"


def selectors_never_change(documents, _):
    stable = {f"app.kubernetes.io/{key}" for key in ("name", "instance", "component")}
    for document in of(documents, "Deployment"):
        labels = document["spec"]["selector"]["matchLabels"]
        if set(labels) != stable or labels["app.kubernetes.io/instance"] != release(documents):
            yield f"{called(document)} selects by {sorted(labels)}"


def references_exist(documents, values):
    known = {called(document) for document in documents if not is_hook(document)}
    known |= {f"Secret/{values[key]['secret']}" for key in ("database", "redis", "keys")}
    known |= {f"ConfigMap/{values['region']['configMap']}"} if "region" in values else set()
    tls = {"secret": "", "ca": {}, "clientCa": {}} | values.get("tls", {})
    known |= {f"Secret/{tls['secret']}"}
    # Before the release, like the Secrets.
    given = {f"ConfigMap/{tls[one].get('configMap')}" for one in ("ca", "clientCa")}
    known |= given
    if "notifier" in values:
        sms = values["notifier"]
        known |= {f"Secret/{sms['token']['secret']}", f"ConfigMap/{sms['ca']['configMap']}"}
    if "exchange" in values:
        known |= {f"Secret/{values['exchange']['token']['secret']}"}
    if "documents" in values:
        kept = values["documents"]
        known |= {f"Secret/{kept[half]['secret']}" for half in ("accessKey", "secretKey")}
        known |= {f"ConfigMap/{kept['ca']['configMap']}"}
    if of(documents, "Secret"):
        yield "the chart holds a Secret"
    for owner in of(documents, *POD_OWNERS):
        # A hook is there before anything else of the release is.
        secrets = {one for one in known if one.startswith("Secret/")}
        there = secrets | given if is_hook(owner) else known
        account = pod(owner).get("serviceAccountName")
        wanted = [f"ServiceAccount/{account}"] if account else []
        for path, value in walk(pod(owner)):
            if path and path[-1] in ("secretKeyRef", "configMap"):
                kind = "Secret" if path[-1] == "secretKeyRef" else "ConfigMap"
                wanted.append(f"{kind}/{value['name']}")
            if path and path[-1] == "secretName":
                wanted.append(f"Secret/{value}")
        yield from (f"{called(owner)} wants {one}" for one in wanted if one not in there)
        volumes = {volume["name"] for volume in pod(owner).get("volumes", [])}
        mounted = {m["name"] for c in pod(owner)["containers"] for m in c.get("volumeMounts", [])}
        if volumes != mounted:
            yield f"{called(owner)} mounts {sorted(mounted)} of {sorted(volumes)}"
    for scaler in of(documents, "HorizontalPodAutoscaler"):
        target = scaler["spec"]["scaleTargetRef"]
        if f"{target['kind']}/{target['name']}" not in known:
            yield f"{called(scaler)} scales nothing"
    for route in of(documents, "GRPCRoute"):
        for rule in route["spec"]["rules"]:
            for backend in rule["backendRefs"]:
                if f"Service/{backend['name']}" not in known:
                    yield f"{called(route)} leads to no Service {backend['name']}"


def pods_may_do_nothing(documents, _):
    for owner in of(documents, *POD_OWNERS):
        security = pod(owner).get("securityContext", {})
        if not (security.get("runAsNonRoot") and security.get("runAsUser", 0) > 0):
            yield f"{called(owner)} may run as root"
        if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{called(owner)} may make every system call"
        if pod(owner).get("automountServiceAccountToken") is not False:
            yield f"{called(owner)} holds a token"
        for container in pod(owner)["containers"]:
            own = container.get("securityContext", {})
            if own.get("allowPrivilegeEscalation") is not False:
                yield f"{called(owner)} may gain rights"
            if own.get("readOnlyRootFilesystem") is not True:
                yield f"{called(owner)} may write its root"
            if own.get("capabilities") != {"drop": ["ALL"]}:
                yield f"{called(owner)} has capabilities"
            if "memory" not in container.get("resources", {}).get("limits", {}):
                yield f"{called(owner)} has no limit of memory"
            if {"cpu", "memory"} - set(container.get("resources", {}).get("requests", {})):
                yield f"{called(owner)} asks for no CPU or memory"
            if container["image"].endswith(":latest") or ":" not in container["image"]:
                yield f"{called(owner)} runs {container['image']}"
    for account in of(documents, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{called(account)} gives a token"


def processes_are_asked(documents, _):
    answers = answered_in_proto()
    for owner in of(documents, "Deployment"):
        [container] = pod(owner)["containers"]
        # Kubernetes' own question speaks no TLS; the program's does.
        speaks_tls = "certificate" in settings(documents).get("tls", {})
        asked = {}
        for probe in ("startup", "readiness", "liveness"):
            question = container.get(f"{probe}Probe", {})
            words = question.get("exec", {}).get("command", [])
            named = [word.removeprefix("--service=") for word in words if "--service=" in word]
            by_itself = question.get("grpc", {}).get("service")
            asked[probe] = (named or [None])[0] if speaks_tls else by_itself
            if speaks_tls and f"--name={name(owner)}" not in words:
                yield f"{called(owner)} {probe} does not know its certificate"
        if asked["readiness"] not in answers[container["args"][1]]:
            yield f"{called(owner)} readiness asks for {asked['readiness']}"
        # The one name that serves whatever is wrong, and while a process drains (platform::server).
        for probe in ("startup", "liveness"):
            if asked[probe] != "grpc.health.v1.Health":
                yield f"{called(owner)} {probe} asks for {asked[probe]}"


def ending_takes_its_time(documents, _):
    drain = settings(documents)["shutdown"]["drain_seconds"]
    for owner in of(documents, "Deployment"):
        if pod(owner)["terminationGracePeriodSeconds"] <= drain + 30:
            yield f"{called(owner)} is killed before it has drained for {drain} s and ended"


def nodes_can_be_drained(documents, _):
    for budget in of(documents, "PodDisruptionBudget"):
        if budget["spec"].get("maxUnavailable", 0) < 1:
            yield f"{called(budget)} lets no pod go"


def autoscalers_decide_alone(documents, _):
    scalers = of(documents, "HorizontalPodAutoscaler")
    scaled = {scaler["spec"]["scaleTargetRef"]["name"] for scaler in scalers}
    for owner in of(documents, "Deployment"):
        if (name(owner) in scaled) == ("replicas" in owner["spec"]):
            yield f"{called(owner)} has its replicas from two sides or none"


def only_followers_may_call(documents, _):
    """Ways between the services, out and in, are those of the code."""
    component = "app.kubernetes.io/component"

    def named(rules, side):
        peers = [peer for rule in rules for peer in rule.get(side, [])]
        labels = [peer.get("podSelector", {}).get("matchLabels", {}) for peer in peers]
        return {one[component] for one in labels if component in one}

    follows = followed_in_code()
    for policy in of(documents, "NetworkPolicy"):
        own, spec = policy["metadata"]["labels"][component], policy["spec"]
        if spec["policyTypes"] != ["Ingress", "Egress"]:
            yield f"{called(policy)} leaves a direction open"
        out, into = named(spec["egress"], "to"), named(spec.get("ingress", []), "from")
        if out != follows.get(own, set()):
            yield f"{called(policy)} lets {own} ask {sorted(out)}"
        if into != {other for other in SERVICES if own in follows[other]}:
            yield f"{called(policy)} lets {sorted(into)} ask {own}"
        # Kubernetes reads an empty list of sources as everyone.
        if any(not rule.get("from") for rule in spec.get("ingress", [])):
            yield f"{called(policy)} lets everyone in"


def the_route_knows_every_service(documents, _):
    for route in of(documents, "GRPCRoute"):
        routed = {}
        for rule in route["spec"]["rules"]:
            to = rule["backendRefs"][0]["name"].removeprefix(release(documents) + "-")
            named = {match["method"]["service"] for match in rule["matches"]}
            routed[to] = routed.get(to, set()) | named
        if routed != answered_in_proto():
            yield f"{called(route)} routes {routed}"


def the_configuration_finds_its_peers(documents, _):
    services = {name(one): one["spec"]["ports"][0]["port"] for one in of(documents, "Service")}
    for peer, address in settings(documents)["peers"].items():
        tls = "certificate" in settings(documents).get("tls", {})
        host, port = address.removeprefix("https://" if tls else "http://").split(":")
        if host != f"{release(documents)}-{peer}" or services.get(host) != int(port):
            yield f"peers.{peer} is {address}"


RULES = [
    schemas_are_kept, names_fit, labels_and_annotations_are_text, ports_exist,
    selectors_find_pods, selectors_never_change, references_exist, pods_may_do_nothing,
    processes_are_asked, ending_takes_its_time, nodes_can_be_drained, autoscalers_decide_alone,
    only_followers_may_call, the_route_knows_every_service, the_configuration_finds_its_peers,
]  # fmt: skip

POD, CONTAINER = "spec template spec", "spec template spec containers 0"
ROUTE, ROUTED = "GRPCRoute/pingyi", "spec rules 0"
HINT = "metadata annotations helm.sh/hook-weight"

# For each rule what would break it: where, and what stands there then (None: nothing).
BREAKS = [
    (schemas_are_kept, "Service/pingyi-intake", "spec prots", []),
    (schemas_are_kept, "Service/pingyi-intake", "kind", "Servise"),
    (schemas_are_kept, "HorizontalPodAutoscaler/pingyi-intake", "apiVersion", "autoscaling/v2beta2"),
    (schemas_are_kept, "Deployment/pingyi-intake", f"{CONTAINER} livenessProbe grcp", {}),
    (schemas_are_kept, ROUTE, "apiVersion", "gateway.networking.k8s.io/v1alpha2"),
    (schemas_are_kept, ROUTE, "status", {}),
    (schemas_are_kept, ROUTE, "metadata name", None),
    (schemas_are_kept, ROUTE, "spec parentRefs", None),
    (schemas_are_kept, ROUTE, "spec parentRefs 0 namspace", "gateways"),
    (schemas_are_kept, ROUTE, "spec parentRefs 0 port", "443"),
    (schemas_are_kept, ROUTE, "spec hostname", "pingyi.example.gov.cn"),
    (schemas_are_kept, ROUTE, "spec hostnames 0", "10.0.0.1:443"),
    (schemas_are_kept, ROUTE, f"{ROUTED} matches", None),
    (schemas_are_kept, ROUTE, f"{ROUTED} matches 0", {"methodd": {"type": "Exact", "service": "a.B"}}),
    (schemas_are_kept, ROUTE, f"{ROUTED} matches 0 methodd", {"type": "Exact", "service": "a.B"}),
    (schemas_are_kept, ROUTE, f"{ROUTED} matches 0 method type", "Prefix"),
    (schemas_are_kept, ROUTE, f"{ROUTED} matches 0 method service", "pingyi.catalog.v1/"),
    (schemas_are_kept, ROUTE, f"{ROUTED} matches 0 method servce", "pingyi.catalog.v1.CatalogService"),
    (schemas_are_kept, ROUTE, f"{ROUTED} backendRefs 0 port", None),
    (schemas_are_kept, ROUTE, f"{ROUTED} backendRefs 0 wieght", 1),
    (schemas_are_kept, ROUTE, f"{ROUTED} backendRefs 0 weight", -1),
    (names_fit, "Service/pingyi-intake", "metadata name", "Pingyi_intake"),
    (names_fit, "Service/pingyi-intake", "metadata name", "x" * 64),
    (labels_and_annotations_are_text, "Job/pingyi-migrate", HINT, 0),
    (ports_exist, "Service/pingyi-intake", "spec ports 0 port", 99999),
    (ports_exist, "Deployment/pingyi-intake", f"{CONTAINER} ports 0 name", "http"),
    (selectors_find_pods, "Service/pingyi-intake", "spec selector app.kubernetes.io/component", "intak"),
    (selectors_find_pods, "Deployment/pingyi-intake", "spec template metadata labels", {}),
    (selectors_never_change, "Deployment/pingyi-intake", "spec selector matchLabels version", "1"),
    (references_exist, "Deployment/pingyi-intake", f"{POD} volumes 0 configMap name", "other"),
    (references_exist, "Deployment/pingyi-intake", f"{POD} serviceAccountName", "other"),
    (references_exist, "Job/pingyi-migrate", f"{POD} serviceAccountName", "pingyi-intake"),
    (references_exist, "HorizontalPodAutoscaler/pingyi-intake", "spec scaleTargetRef name", "other"),
    (pods_may_do_nothing, "Deployment/pingyi-intake", f"{POD} securityContext runAsUser", 0),
    (pods_may_do_nothing, "Job/pingyi-migrate", f"{CONTAINER} resources limits", None),
    (pods_may_do_nothing, "Job/pingyi-migrate", f"{CONTAINER} securityContext", None),
    (processes_are_asked, "Deployment/pingyi-intake", f"{CONTAINER} readinessProbe", None),
    (processes_are_asked, "Deployment/pingyi-intake", f"{CONTAINER} args 1", "catalog"),
    (ending_takes_its_time, "Deployment/pingyi-intake", f"{POD} terminationGracePeriodSeconds", 30),
    (nodes_can_be_drained, "PodDisruptionBudget/pingyi-intake", "spec maxUnavailable", None),
    (autoscalers_decide_alone, "Deployment/pingyi-intake", "spec replicas", 2),
    (only_followers_may_call, "NetworkPolicy/pingyi-intake", "spec egress -1", None),
    (only_followers_may_call, "NetworkPolicy/pingyi-intake", "spec ingress 0 from", []),
    (the_route_knows_every_service, ROUTE, ROUTED, None),
    (the_configuration_finds_its_peers, "Service/pingyi-intake", "spec ports 0 port", 7420),
]  # fmt: skip


def broken(documents, which, path, value):
    documents = copy.deepcopy(documents)
    [at] = [document for document in documents if called(document) == which]
    keys = path.split(" ")
    for key in keys[:-1]:
        at = at[int(key) if isinstance(at, list) else key]
    last = int(keys[-1]) if isinstance(at, list) else keys[-1]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return documents
