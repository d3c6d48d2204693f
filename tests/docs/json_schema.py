"""As much of JSON Schema as openapi.json uses, and stricter in one thing: a member that an object's schema
does not name is a problem, so that what the service says without documenting it is found."""

import re

TYPES = {"null": type(None), "object": dict, "array": list, "string": str, "boolean": bool, "integer": int}
KEYWORDS = {"type", "const", "enum", "properties", "required", "additionalProperties", "maxProperties", "items",
            "minItems", "maxItems", "minimum", "maximum", "maxLength", "pattern", "contentEncoding", "oneOf", "anyOf",
            "allOf", "if", "then", "else", "$ref", "description", "default", "example", "format"}


def resolve(document, schema):
    while "$ref" in schema:
        at = document
        for part in schema["$ref"].removeprefix("#/").split("/"):
            at = at[part]
        schema = at
    return schema


def problems(document, schema, value, place=""):
    """Sentences, each beginning with the place of what is wrong; none when the value is as described."""
    schema = resolve(document, schema)
    unknown = set(schema) - KEYWORDS
    assert not unknown, f"json_schema.py does not know {unknown}"
    yield from own_problems(schema, value, place)
    if isinstance(value, dict):
        yield from member_problems(document, schema, value, place)
    if isinstance(value, list):
        yield from item_problems(document, schema, value, place)
    yield from combined_problems(document, schema, value, place)


def is_a(name, value):
    return isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool))


def own_problems(schema, value, place):
    wanted = schema.get("type")
    if wanted and not any(is_a(name, value) for name in ([wanted] if isinstance(wanted, str) else wanted)):
        yield f"{place}: {value!r} is not of type {wanted}"
        return
    if "const" in schema and value != schema["const"]:
        yield f"{place}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{place}: {value!r} is not one of {schema['enum']}"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{place}: {value} is out of range"
    if isinstance(value, str) and len(value) > schema.get("maxLength", len(value)):
        yield f"{place}: {len(value)} characters"
    if "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{place}: {value!r} does not match {schema['pattern']}"


def member_problems(document, schema, value, place):
    for name in schema.get("required", []):
        if name not in value:
            yield f"{place}: {name} is missing"
    members = schema.get("properties", {})
    for name, item in value.items():
        if name in members:
            yield from problems(document, members[name], item, f"{place}/{name}")
        elif isinstance(schema.get("additionalProperties"), dict):
            yield from problems(document, schema["additionalProperties"], item, f"{place}/{name}")
        elif schema.get("type") == "object" and members:
            yield f"{place}: {name} is not documented"


def item_problems(document, schema, value, place):
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        yield f"{place}: {len(value)} items"
    for i, item in enumerate(value):
        yield from problems(document, schema.get("items", {}), item, f"{place}/{i}")


def combined_problems(document, schema, value, place):
    def fits(part):
        return not list(problems(document, part, value))

    for part in schema.get("allOf", []):
        yield from problems(document, part, value, place)
    if "oneOf" in schema and sum(map(fits, schema["oneOf"])) != 1:
        yield f"{place}: {value!r} fits not exactly one of the alternatives"
    if "anyOf" in schema and not any(map(fits, schema["anyOf"])):
        yield f"{place}: {value!r} fits none of the alternatives"
    if "if" in schema:
        yield from problems(document, schema.get("then" if fits(schema["if"]) else "else", {}), value, place)
