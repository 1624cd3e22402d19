"""Alerts and the dashboard, beside what the manual says.

    alerts.py PROMTOOL        every metric they name is one that is shown, each alert is in the runbook and tested,
                              and Prometheus takes the rules and raises what it should

Prints a line for each check, `ok …` or `not ok …`; the exit code is 1 if any failed.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from manifests import CHART, ROOT

ALERTS = CHART / "alerts.yaml"
DASHBOARD = CHART / "dashboard.json"
TESTS = Path(__file__).parent / "alerts.test.yaml"
# Words of PromQL and of Grafana that look like names of metrics.
PARTS = ("_bucket", "_sum", "_count")
METRIC = re.compile(r"(?<![\w.$:])(?:pingyi|rpc|db|process|target)[_:][a-z_:]+")

failed = False


def check(name, problems):
    global failed
    failed |= bool(problems)
    print(f"not ok  {name}: " + "; ".join(problems) if problems else f"ok      {name}")


def section(title):
    manual = (ROOT / "deploy/README.md").read_text()
    return manual.split(f"\n### {title}\n")[1].split("\n#")[0].splitlines()


def shown():
    """The metrics of the manual's table, which a test of the program compares with what a process shows, and
    their labels."""
    names, labels = set(), set()
    for row in section("Metrics"):
        if row.startswith("| `"):
            cells = [cell.strip() for cell in row.strip("|").split("|")]
            names.add(cells[0].strip("`"))
            labels |= set(re.findall(r"\w+", cells[3]))
    return names, labels


def named(expression):
    """Without what stands in quotes."""
    return set(METRIC.findall(re.sub(r'"(\\.|[^"\\])*"', '""', expression)))


def unknown(expression, recorded):
    names, labels = shown()
    names |= {name + part for name in names for part in PARTS} | recorded
    return sorted(named(expression) - names - labels)


def rules():
    return [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def promtool(program, *command):
    done = subprocess.run([program, *command], capture_output=True, text=True)
    return [(done.stdout + done.stderr).strip()] if done.returncode else []


def tested(program):
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(ALERTS, folder)
        return promtool(program, "test", "rules", shutil.copy(TESTS, folder))


def main(program):
    alerts = {rule["alert"]: rule for rule in rules() if "alert" in rule}
    recorded = {rule["record"] for rule in rules() if "record" in rule}
    for rule in rules():
        name = rule.get("alert") or rule["record"]
        check(f"{name} names metrics that are shown", unknown(rule["expr"], recorded))
    runbook = {row.split("|")[1].strip(): row for row in section("Alerts") if "| **P" in row or "| P" in row}
    paging = {f"**{name}**" if rule["labels"]["severity"] == "page" else name for name, rule in alerts.items()}
    check("each alert is in the runbook, and none else", sorted(paging ^ set(runbook)))
    lacking = [name for name, row in runbook.items() if not all(cell.strip() for cell in row.split("|")[1:4])]
    check("each says what it means and what to do", lacking)
    severities = {rule["labels"]["severity"] for rule in alerts.values()}
    check("alerts page or wait", sorted(severities - {"page", "work"}))
    raised = {
        case["alertname"]
        for test in yaml.safe_load(TESTS.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    check("each alert is raised in a test", sorted(set(alerts) - raised))
    check("Prometheus takes the rules", promtool(program, "check", "rules", str(ALERTS)))
    check("Prometheus raises what it should", tested(program))

    panels = json.loads(DASHBOARD.read_text())["panels"]
    for panel in panels:
        problems = [one for target in panel["targets"] for one in unknown(target["expr"], recorded)]
        check(f"the panel {panel['title']} names metrics that are shown", problems)
    check("panels have numbers of their own", [] if len({p["id"] for p in panels}) == len(panels) else ["some share one"])
    drawn = {name for panel in panels for target in panel["targets"] for name in named(target["expr"])}
    drawn |= {name for rule in rules() for name in named(rule["expr"])}
    whole = {re.sub("(_bucket|_sum|_count)$", "", name) for name in drawn} | drawn
    names, _ = shown()
    # The version is for whoever asks for it.
    unused = names - whole - {"target_info", "process_thread_count"}
    check("each metric is drawn or watched", sorted(unused))


if __name__ == "__main__":
    match sys.argv[1:]:
        case [program]:
            main(program)
        case _:
            sys.exit(__doc__)
    sys.exit(failed)
