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
    (version, kind): Path(__file__).parent / f"{kind.lower()}.yaml"
    for version, kind in (
        ("gateway.networking.k8s.io/v1", "GRPCRoute"),
        ("gateway.networking.k8s.io/v1", "BackendTLSPolicy"),
        ("cert-manager.io/v1", "Certificate"),
        ("monitoring.coreos.com/v1", "ServiceMonitor"),
        ("monitoring.coreos.com/v1", "PrometheusRule"),
    )
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


OFFICERS = {
    "handler", "authority", "publisher", "auditor", "system_administrator", "security_administrator",
}  # fmt: skip


def of_officers_in_proto():
    """The services that nobody but officers and administrators calls, as each RPC's comment has it."""
    called = {}
    for file in (ROOT / "proto/pingyi").glob("*/v1/*_service.proto"):
        text = file.read_text()
        package = re.search(r"^package (\S+);", text, re.M)[1]
        service = re.search(r"^service (\w+)", text, re.M)
        told = re.findall(r"^ *// Called by: (.*?)[.]?$", text, re.M)
        if service:
            called[f"{package}.{service[1]}"] = set(", ".join(told).split(", "))
    return {service for service, kinds in called.items() if kinds <= OFFICERS}


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
                known = value in ("grpc", "metrics") or isinstance(value, int) and 1 <= value <= 65535
                if not known:
                    yield f"{called(document)} {path[-1]} {value}"
    for owner in of(documents, "Deployment"):
        for container in pod(owner)["containers"]:
            if {port["name"] for port in container["ports"]} != {"grpc", "metrics"}:
                yield f"{called(owner)} lacks a port"


def of_client(pods):
    return [labels for labels in pods if labels.get("app.kubernetes.io/component") == "client"]


def selectors_find_pods(documents, _):
    pods = [pod_labels(owner) for owner in of(documents, *POD_OWNERS)]
    # What asks the services is one kind: the test, and the import and the robot if there are any.
    pods = [labels for labels in pods if not of_client([labels])] + of_client(pods)[:1]
    pods += [one["metadata"]["labels"] for one in of(documents, "Pod")][: 0 if of_client(pods) else 1]
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


def comes_before(owner):
    return "pre-install" in owner["metadata"].get("annotations", {}).get("helm.sh/hook", "")


def containers(owner):
    return pod(owner).get("initContainers", []) + pod(owner)["containers"]


def references_exist(documents, values):
    known = {called(document) for document in documents if not is_hook(document)}
    known |= {f"Secret/{values[key]['secret']}" for key in ("database", "redis", "keys")}
    region = {"configMap": "", "import": {}} | values.get("region", {})
    known |= {f"ConfigMap/{region['configMap']}"}
    if imported := region["import"]:
        known |= {f"PersistentVolumeClaim/{imported['claim']}", f"Secret/{imported['token']['secret']}"}
    if "robot" in values:
        known |= {f"Secret/{values['robot']['token']['secret']}"}
    tls = {"secret": "", "ca": {}, "clientCa": {}} | values.get("tls", {})
    known |= {f"Secret/{tls['secret']}"}
    known |= {f"Secret/{one['spec']['secretName']}" for one in of(documents, "Certificate")}
    known |= {f"Secret/{values.get('terminals', {}).get('authority', {}).get('secret')}"}
    if "national" in values:
        its = values["national"]
        known |= {f"Secret/{its[one]['secret']}" for one in ("word", "sm2Key") if one in its}
        known |= {f"ConfigMap/{its.get('ca', {}).get('configMap')}"}
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
    for owner in of(documents, *POD_OWNERS, "Pod"):
        # A hook before the release is there before anything else of the release is.
        secrets = {one for one in known if one.startswith("Secret/")}
        there = secrets | given if comes_before(owner) else known
        account = pod(owner).get("serviceAccountName")
        wanted = [f"ServiceAccount/{account}"] if account else []
        for path, value in walk(pod(owner)):
            if path and path[-1] in ("secretKeyRef", "configMap"):
                kind = "Secret" if path[-1] == "secretKeyRef" else "ConfigMap"
                wanted.append(f"{kind}/{value['name']}")
            if path and path[-1] == "secret" and isinstance(value, dict) and "name" in value:
                wanted.append(f"Secret/{value['name']}")
            if path and path[-1] == "claimName":
                wanted.append(f"PersistentVolumeClaim/{value}")
            if path and path[-1] == "secretName":
                wanted.append(f"Secret/{value}")
        yield from (f"{called(owner)} wants {one}" for one in wanted if one not in there)
        volumes = {volume["name"] for volume in pod(owner).get("volumes", [])}
        mounted = {m["name"] for c in containers(owner) for m in c.get("volumeMounts", [])}
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
    for owner in of(documents, *POD_OWNERS, "Pod"):
        security = pod(owner).get("securityContext", {})
        if not (security.get("runAsNonRoot") and security.get("runAsUser", 0) > 0):
            yield f"{called(owner)} may run as root"
        if security.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{called(owner)} may make every system call"
        if pod(owner).get("automountServiceAccountToken") is not False:
            yield f"{called(owner)} holds a token"
        for container in containers(owner):
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
        if out != (set(SERVICES) if own == "client" else follows.get(own, set())):
            yield f"{called(policy)} lets {own} ask {sorted(out)}"
        # Of helm test and of the import, which ask every service and are asked by nobody.
        client = {"client"} if own in SERVICES else set()
        if into != {other for other in SERVICES if own in follows[other]} | client:
            yield f"{called(policy)} lets {sorted(into)} ask {own}"
        # Kubernetes reads an empty list of sources as everyone.
        if any(not rule.get("from") for rule in spec.get("ingress", [])):
            yield f"{called(policy)} lets everyone in"


def the_routes_know_every_service(documents, _):
    """Together all, and each to where it is answered; what only officers call is on theirs alone, if there is one."""
    routes, everything = of(documents, "GRPCRoute"), {}
    officers = of_officers_in_proto()
    for route in routes:
        own = set()
        for rule in route["spec"]["rules"]:
            to = rule["backendRefs"][0]["name"].removeprefix(release(documents) + "-")
            named = {match["method"]["service"] for match in rule["matches"]}
            everything[to], own = everything.get(to, set()) | named, own | named
        theirs = name(route).endswith("-officers")
        if len(routes) == 2 and own != (officers if theirs else own - officers):
            yield f"{called(route)} routes {sorted(own ^ officers if theirs else own & officers)}"
    if routes and everything != answered_in_proto():
        yield f"{[name(route) for route in routes]} route {everything}"


def metrics_are_shown_to_whom_it_is_said(documents, values):
    readers = values.get("networkPolicy", {}).get("metrics", {}).get("from", [])
    if settings(documents)["metrics"] != {"address": "0.0.0.0:9419", "beyond_loopback": True}:
        yield f"metrics are read at {settings(documents)['metrics']}"
    for policy in of(documents, "NetworkPolicy"):
        rules = policy["spec"].get("ingress", [])
        let_in = [peer for rule in rules if "9419" in str(rule["ports"]) for peer in rule["from"]]
        if rules and let_in != readers:
            yield f"{called(policy)} shows metrics to {let_in}"
    for monitor in of(documents, "ServiceMonitor"):
        selector = monitor["spec"]["selector"]["matchLabels"]
        found = [one for one in of(documents, "Service") if selects(selector, one["metadata"]["labels"])]
        ports = [[port["name"] for port in one["spec"]["ports"]] for one in found]
        if len(found) != len(SERVICES) or any("metrics" not in names for names in ports):
            yield f"{called(monitor)} finds {[name(one) for one in found]}"
    for rule in of(documents, "PrometheusRule"):
        if rule["spec"] != yaml.safe_load((CHART / "alerts.yaml").read_text()):
            yield f"{called(rule)} is not alerts.yaml"
    for board in [one for one in of(documents, "ConfigMap") if name(one).endswith("-dashboard")]:
        if json.loads(board["data"]["pingyi.json"]) != json.loads((CHART / "dashboard.json").read_text()):
            yield f"{called(board)} is not dashboard.json"


def everyone_is_known_by_the_certificate(documents, _):
    services = {name(service) for service in of(documents, "Service")}
    for certificate in of(documents, "Certificate"):
        if not services <= set(certificate["spec"]["dnsNames"]):
            yield f"{called(certificate)} is for {certificate['spec']['dnsNames']}"


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
    only_followers_may_call, the_routes_know_every_service, the_configuration_finds_its_peers,
    metrics_are_shown_to_whom_it_is_said, everyone_is_known_by_the_certificate,
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
    (the_routes_know_every_service, ROUTE, ROUTED, None),
    (the_routes_know_every_service, "GRPCRoute/pingyi-officers", ROUTED, None),
    (the_routes_know_every_service, ROUTE, f"{ROUTED} matches 0 method service", "pingyi.catalog.v1.ChangeService"),
    (metrics_are_shown_to_whom_it_is_said, "NetworkPolicy/pingyi-intake", "spec ingress 1", None),
    (metrics_are_shown_to_whom_it_is_said, "Service/pingyi-intake", "spec ports 1 name", "metric"),
    (metrics_are_shown_to_whom_it_is_said, "ServiceMonitor/pingyi", "spec selector matchLabels a", "b"),
    (metrics_are_shown_to_whom_it_is_said, "PrometheusRule/pingyi", "spec groups 0 rules 1", None),
    (metrics_are_shown_to_whom_it_is_said, "ConfigMap/pingyi-dashboard", "data pingyi.json", "{}"),
    (schemas_are_kept, "ServiceMonitor/pingyi", "spec endpoints 0 prot", "metrics"),
    (schemas_are_kept, "PrometheusRule/pingyi", "spec groups 0 rules 1 expresion", "1"),
    (schemas_are_kept, "Certificate/pingyi-tls", "spec dnsName", ["pingyi-intake"]),
    (everyone_is_known_by_the_certificate, "Certificate/pingyi-tls", "spec dnsNames", ["pingyi-intake"]),
    (references_exist, "Job/pingyi-import", f"{POD} volumes 0 persistentVolumeClaim claimName", "other"),
    (references_exist, "Deployment/pingyi-publication", f"{POD} volumes -1 projected sources 0 secret name", "other"),
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
