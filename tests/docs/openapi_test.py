#!/usr/bin/env python3
"""Holds /openapi.json against the source and against a running service.

    openapi_test.py BIN

Routes, methods, parameters with their limits and defaults, outputs, failures: each the same on both sides.
Answers of the service, and the examples in the document, are as the schemas say.
"""

import http.client
import json
import os
import re
import subprocess
import sys
from urllib.parse import quote

import json_schema
import running

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
METHODS = ["get", "head", "post", "put", "delete", "patch", "options"]
SCHEMA = ["server/api/schema_fields.cpp", "server/api/schema_query.cpp", "server/api/schema_body.cpp"]
NUMBER = r'^    \{"(\w+)", \d'  # a row of the table of numbers


def source(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as f:
        return f.read()


class Check:
    def __init__(self, document, address, site):
        self.document = document
        self.address = address
        self.site = site
        self.made = 0
        self.wrong = []

    def same(self, what, said, real):
        self.made += 1
        if said != real:
            self.wrong.append(f"{what}: the document has {said}, in truth it is {real}")

    def fits(self, what, schema, value):
        self.made += 1
        self.wrong += [f"{what}{p}" for p in json_schema.problems(self.document, schema, value)]

    def ask(self, method, target, body=None, **fields):
        connection = http.client.HTTPConnection(self.address, timeout=running.PATIENCE)
        connection.request(method, target, body, {k.replace("_", "-"): v for k, v in fields.items()})
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer, text

    def resolved(self, schema):
        return json_schema.resolve(self.document, schema)

    def operations(self):
        for path, item in self.document["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    given = [self.resolved(p) for p in shared + item[method].get("parameters", [])]
                    yield path, method, item[method], {p["name"]: p for p in given if p["in"] == "query"}


def check_routes(check):
    routes = re.findall(r'routes\.add\(\{"([^"]+)", "([^"]+)"', source("server/service.cpp"))
    routes += re.findall(r'^    add\("([^"]+)", "([^"]+)"', source("server/job_service.cpp"), re.M)
    check.same("routes", sorted(check.document["paths"]), sorted(path for path, _ in routes))
    for path, methods in routes:
        allowed = sorted(m.lower() for m in methods.split(", "))
        check.same(f"{path}: methods", sorted(set(check.document["paths"].get(path, {})) & set(METHODS)), allowed)
        for method in METHODS:
            if method in allowed:
                continue
            answer, text = check.ask(method.upper(), path)
            check.same(f"{method} {path}", 405, answer.status)
            check.same(f"{method} {path}: Allow", ", ".join(sorted(allowed)).upper(), answer.getheader("allow"))
            if method == "head":
                continue
            check.fits(f"{method} {path}: ", {"$ref": "#/components/schemas/problem"}, json.loads(text))


def check_failures(check):
    table = source("server/base/failure.cpp").split("constexpr failure_kind unknown")[0]
    rows = re.findall(r"\{(\w+), code::(\w+), [\w:]+, (\d+)", table)
    schemas = check.document["components"]["schemas"]
    said = [(part["properties"]["stage"]["const"], code)
            for part in schemas["kind"]["oneOf"] for code in part["properties"]["code"]["enum"]]
    check.same("stages and codes", said, [(stage, code) for stage, code, _ in rows])
    check.same("stages", schemas["stage"]["enum"], list(dict.fromkeys(stage for stage, _, _ in rows)))
    check.same("codes", schemas["code"]["enum"], sorted({code for _, code, _ in rows}))
    # Nobody sees 499, and a single fetch has nothing to do with robots.txt and the store.
    statuses = {status for stage, _, status in rows if stage not in ("robots", "store")} - {"499"}
    read = set(check.document["paths"]["/v1/read"]["get"]["responses"])
    check.same("statuses of failures that /v1/read does not name", set(), statuses - read)


def check_parameters(check):
    numbers = re.findall(NUMBER, source(SCHEMA[0]), re.M)
    everywhere = set(numbers).union(*(re.findall(r'name == "(\w+)"', source(path)) for path in SCHEMA))
    members = check.document["components"]["schemas"]["fetch_request"]["properties"]
    queries = {name for path, _, _, query in check.operations() if not path.startswith("/v1/jobs")
               for name in query if "." not in name}
    check.same("parameters of the source", sorted(queries | set(members)), sorted(everywhere))
    for path, method, _, query in check.operations():
        if not query or method == "head":
            continue
        for name in sorted(everywhere | {"nonsense"}):
            # A value that is wrong everywhere: the answer says whether the name is known.
            _, text = check.ask(method.upper(), f"{path}?{name}=%20")
            known = f'unknown parameter "{name}"' not in json.loads(text).get("detail", "")
            check.same(f"{path}: knows {name}", name in query, known)
        for name in numbers:
            if name in query:
                check_limits(check, f"{path}: {name}", query[name]["schema"],
                             lambda n, m=method, at=f"{path}?{name}=": check.ask(m.upper(), f"{at}{n}"))
    for path in ("/v1/fetch", "/v1/explain"):
        for name in sorted(everywhere | {"nonsense"}):
            _, text = check.ask("POST", path, json.dumps({name: {"a": 1}}))
            known = f'unknown field "{name}"' not in json.loads(text)["detail"]
            check.same(f"{path}: knows {name}", name in members, known)
        for name in numbers:
            check_limits(check, f"{path}: {name}", members[name],
                         lambda n, at=path, name=name: check.ask("POST", at, json.dumps({name: n})))


def check_limits(check, what, schema, ask):
    """Without a url nothing is fetched: the complaint is about the number, or about the missing url."""
    for number, good in ((schema["minimum"] - 1, False), (schema["minimum"], True),
                         (schema["maximum"], True), (schema["maximum"] + 1, False)):
        answer, text = ask(number)
        accepted = answer.status == 200 or "want" not in json.loads(text)["detail"]
        check.same(f"{what} = {number} is accepted", good, accepted)


def check_defaults(check, folder):
    settings = subprocess.run([f"{folder}/fetchd", "--print-default-config"], check=True, capture_output=True,
                              env=running.environment()).stdout.decode()
    units = {"s": 1000, "m": 60000, "h": 3600000, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "": 1}

    def setting(section, key):
        text = re.search(rf"^\[{section}\]$.*?^{key} = \"?(\d+)(\w*)\"?$", settings, re.M | re.S)
        return int(text.group(1)) * units[text.group(2)]

    real = {"timeout_ms": setting("fetch", "total_timeout"), "max_redirects": setting("fetch", "max_redirects"),
            "max_bytes": setting("fetch", "max_bytes"), "retries": setting("fetch", "retries"),
            "min_speed": setting("net", "min_speed")}
    for phase in ("dns", "connect", "tls", "first_byte", "body_idle"):
        real[f"{phase}_timeout_ms"] = setting("net", f"{phase}_timeout")
    shared = check.document["components"]["parameters"]
    members = check.document["components"]["schemas"]["fetch_request"]["properties"]
    for name, value in real.items():
        check.same(f"default of {name}", shared[name]["schema"]["default"], value)
        check.same(f"default of member {name}", members[name]["default"], value)
    for name in real:
        if name.endswith("timeout_ms"):
            check.same(f"longest {name}", members[name]["maximum"], setting("fetch", "max_timeout"))


def check_outputs(check):
    _, text = check.ask("GET", "/v1/read?output=nonsense")
    known = re.search(r"known are (.*)", json.loads(text)["detail"]).group(1).split(", ")
    schemas = check.document["components"]["schemas"]
    check.same("outputs", schemas["output_name"]["enum"], known)
    check.same("members of output", sorted(schemas["result"]["properties"]["output"]["properties"]), sorted(known))


def check_options(check):
    """What the document says of each option is what the service holds its values to."""
    outputs = check.document["components"]["schemas"]["fetch_request"]["properties"]["options"]["properties"]
    parameters = check.document["components"]["parameters"]
    check.same("parameters of options", sorted(name for name in parameters if "." in name),
               sorted(f"{output}.{name}" for output, members in outputs.items() for name in members["properties"]))
    for output, members in outputs.items():
        for name, schema in members["properties"].items():
            for value, good in option_values(schema):
                _, text = check.ask("POST", "/v1/explain",
                                    json.dumps({"url": "http://10.0.0.1/", "output": output,
                                                "options": {output: {name: value}}}))
                refused = f"{output}.{name}: want" in json.loads(text).get("detail", "")
                check.same(f"{output}.{name} = {value} is accepted", good, not refused)


def option_values(schema):
    kind = schema.get("type")
    if "enum" in schema:
        return [(value, True) for value in schema["enum"]] + [("nonsense", False), (schema["default"], True)]
    if kind == "boolean":
        return [(True, True), (False, True), ("nonsense", False), (1, False)]
    if kind == "integer":
        return [(schema["minimum"], True), (schema["maximum"], True), (schema["maximum"] + 1, False),
                (schema["default"], True), ("nonsense", False)]
    return []


def outputs_of_a_page(check, every):
    """Those that need no more than a page: others want their options, or documents of another type."""
    made = []
    for name in every:
        answer, text = check.ask("POST", f"/v1/process?output={name}", "<h1>x</h1>", Content_Type="text/html")
        if answer.status == 200 and json.loads(text)["outcome"] == "ok":
            made.append(name)
    check.same("outputs of every page", {"links", "markdown", "metadata", "text"} - set(made), set())
    return made


def check_answers(check):
    schema = {name: {"$ref": f"#/components/schemas/{name}"} for name in check.document["components"]["schemas"]}
    every = outputs_of_a_page(check, check.document["components"]["schemas"]["output_name"]["enum"])
    page = f"http://{check.site}/old"
    for body in ({"url": page, "output": every}, {"url": page, "max_redirects": 0}, {"url": page, "max_bytes": 1},
                 {"url": "http://10.0.0.1/"}, {"url": f"http://{check.site}/robots.txt", "output": "links"},
                 {"url": page, "output": [], "method": "HEAD"}, {"url": page, "proxy": "http://10.0.0.1"}):
        answer, text = check.ask("POST", "/v1/fetch", json.dumps(body))
        check.same(f"{body}", 200, answer.status)
        check.fits(f"{body}: ", schema["result"], json.loads(text))
    answer, text = check.ask("GET", "/v1/read?url=" + quote(page, safe=""), Accept="application/json")
    check.fits("/v1/read: ", schema["result"], json.loads(text))
    for name in ("links", "metadata"):
        answer, text = check.ask("GET", f"/v1/read?output={name}&url=" + quote(page, safe=""))
        check.fits(f"/v1/read of {name}: ", schema[name], json.loads(text))
        for header in ("Fetchd-Url", "Fetchd-Status"):
            check.same(f"/v1/read has {header}", True, answer.getheader(header) is not None)
    answer, text = check.ask("POST", "/v1/process?output=text,links", "<a href=/x>x</a>", Content_Type="text/html")
    check.fits("/v1/process: ", schema["result"], json.loads(text))
    for url in (page, "http://10.0.0.1/", "http://no-such-host.invalid/", "http://127.0.0.1:25/"):
        for more in ({}, {"proxy": "socks5://10.0.0.1", "session": "s", "method": "POST", "body": "x"}):
            answer, text = check.ask("POST", "/v1/explain", json.dumps({"url": url, **more}))
            check.fits(f"/v1/explain of {url}: ", schema["explanation"], json.loads(text))
    for target, status in (("/v1/read?url=nonsense", 400), ("/v1/read?url=http://10.0.0.1/", 403), ("/nothing", 404),
                           ("/v1/raw?url=http://10.0.0.1/", 403), ("/v1/read?output=text,links&url=http://a/", 406)):
        answer, text = check.ask("GET", target)
        check.same(f"{target}", status, answer.status)
        check.fits(f"{target}: ", schema["problem"], json.loads(text))
    _, text = check.ask("GET", "/readyz")
    check.fits("/readyz: ", schema["readiness"], json.loads(text))


def check_examples(check, at, place=""):
    """Every media type that has both a schema and an example."""
    if isinstance(at, dict):
        if "schema" in at:
            shown = [e["value"] for e in at.get("examples", {}).values()] + ([at["example"]] if "example" in at else [])
            for value in shown:
                check.fits(f"example of {place}: ", at["schema"], value)
        for name, item in at.items():
            check_examples(check, item, f"{place}/{name}")


def main(folder):
    with running.sample_site(folder) as site, running.service(folder) as address:
        check = Check({}, address, site)
        _, text = check.ask("GET", "/openapi.json")
        check.document = json.loads(text)
        check.same("below 128 KiB", True, len(text.encode()) < 128 * 1024)
        check_routes(check)
        check_failures(check)
        check_parameters(check)
        check_defaults(check, folder)
        check_outputs(check)
        check_options(check)
        check_answers(check)
        check_examples(check, {k: v for k, v in check.document.items() if k != "info"})
    for line in check.wrong:
        print(line)
    print(f"{check.made} comparisons, {len(check.wrong)} wrong")
    sys.exit(1 if check.wrong else 0)


if __name__ == "__main__":
    main(sys.argv[1])
