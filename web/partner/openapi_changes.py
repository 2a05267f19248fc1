"""What a new OpenAPI document takes away from those who were written for the old one.

Only additions are allowed: new paths, methods, fields of answers, optional fields of requests.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
MAX_DEPTH = 20
# Of a request: what grew smaller refuses what was taken before.
_LEAST = ("minimum", "minLength", "minItems", "minProperties")
_MOST = ("maximum", "maxLength", "maxItems", "maxProperties")
_EXACT = ("pattern", "format", "const")


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two documents, in which references are followed."""

    old: Schema
    new: Schema

    def of_old(self, schema: Schema) -> Schema:
        return _followed(self.old, schema)

    def of_new(self, schema: Schema) -> Schema:
        return _followed(self.new, schema)


def _followed(document: Schema, schema: Schema) -> Schema:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    found: Any = document
    for part in str(reference).removeprefix("#/").split("/"):
        found = found[part]
    return {**found, **{name: one for name, one in schema.items() if name != "$ref"}}


def breaking_changes(old: Schema, new: Schema) -> tuple[str, ...]:
    """Return every way in which ``new`` breaks who was written for ``old``, each as a sentence."""
    return tuple(_of_paths(_Pair(old, new)))


def _of_paths(pair: _Pair) -> Iterator[str]:
    for path, methods in pair.old["paths"].items():
        there = pair.new["paths"].get(path)
        if there is None:
            yield f"{path} is gone"
            continue
        for method, operation in methods.items():
            at = f"{method.upper()} {path}"
            if method not in there:
                yield f"{at} is gone"
            else:
                yield from _of_operation(pair, operation, there[method], at)


def _of_operation(pair: _Pair, old: Schema, new: Schema, at: str) -> Iterator[str]:
    yield from _of_parameters(pair, old, new, at)
    yield from _of_request(pair, old.get("requestBody"), new.get("requestBody"), at)
    for status, response in old["responses"].items():
        there = new["responses"].get(status)
        if status.startswith("2") and there is None:
            yield f"{at}: is not answered {status} any more"
        elif status.startswith("2"):
            content = (response.get("content", {}), there.get("content", {}))
            yield from _of_content(pair, *content, f"{at} {status}", is_request=False)
    asked, before = new.get("x-scope"), old.get("x-scope")
    if asked is not None and asked != before:
        yield f"{at}: asks for the scope {asked}, not {before}"


def _of_parameters(pair: _Pair, old: Schema, new: Schema, at: str) -> Iterator[str]:
    before = {(one["in"], one["name"]): one for one in old.get("parameters", ())}
    now = {(one["in"], one["name"]): one for one in new.get("parameters", ())}
    for key, one in before.items():
        where = f"{at}: parameter {key[1]}"
        if key not in now:
            yield f"{where} is gone"
            continue
        if now[key].get("required") and not one.get("required"):
            yield f"{where} is required now"
        schemas = one.get("schema", {}), now[key].get("schema", {})
        yield from _of_schema(pair, *schemas, where, is_request=True)
    for key, one in now.items():
        if key not in before and one.get("required"):
            yield f"{at}: parameter {key[1]} is new and required"


def _of_request(pair: _Pair, old: Schema | None, new: Schema | None, at: str) -> Iterator[str]:
    if old is None:
        if new is not None and new.get("required"):
            yield f"{at}: a body is required now"
        return
    if new is None:
        yield f"{at}: takes no body any more"
        return
    if new.get("required") and not old.get("required"):
        yield f"{at}: the body is required now"
    yield from _of_content(pair, old["content"], new["content"], f"{at} body", is_request=True)


def _of_content(
    pair: _Pair, old: Schema, new: Schema, at: str, *, is_request: bool
) -> Iterator[str]:
    for media_type, one in old.items():
        if media_type not in new:
            yield f"{at}: {media_type} is gone"
            continue
        schemas = one.get("schema", {}), new[media_type].get("schema", {})
        yield from _of_schema(pair, *schemas, at, is_request=is_request)


def _of_schema(
    pair: _Pair, old: Schema, new: Schema, at: str, *, is_request: bool, depth: int = 0
) -> Iterator[str]:
    if old == new and pair.of_old(old) == pair.of_new(new):
        return
    if depth > MAX_DEPTH:
        yield f"{at}: lies too deep to be compared"
        return
    before, now = pair.of_old(old), pair.of_new(new)
    yield from _of_type(before, now, at, is_request=is_request)
    yield from _of_enum(before, now, at, is_request=is_request)
    if is_request:
        yield from _of_limits(before, now, at)
    yield from _of_required(before, now, at, is_request=is_request)
    yield from _of_properties(pair, before, now, at, is_request=is_request, depth=depth)
    if "items" in before and "items" in now:
        inner = before["items"], now["items"]
        yield from _of_schema(pair, *inner, f"{at}/*", is_request=is_request, depth=depth + 1)
    for word in ("oneOf", "anyOf", "allOf"):
        yield from _of_choices(pair, before, now, at, word, is_request=is_request, depth=depth)


def _types(schema: Schema) -> frozenset[str] | None:
    told = schema.get("type")
    if told is None:
        return None
    return frozenset([told] if isinstance(told, str) else told)


def _of_type(old: Schema, new: Schema, at: str, *, is_request: bool) -> Iterator[str]:
    before, now = _types(old), _types(new)
    narrow, wide = (now, before) if is_request else (before, now)
    # What is taken may become more, what is told may become less.
    if narrow is not None and (wide is None or not wide <= narrow):
        told = ["anything" if one is None else "|".join(sorted(one)) for one in (before, now)]
        yield f"{at}: was {told[0]}, is {told[1]}"


def _of_enum(old: Schema, new: Schema, at: str, *, is_request: bool) -> Iterator[str]:
    before, now = old.get("enum"), new.get("enum")
    if before is not None and now is not None:
        for value in before:
            if value not in now:
                yield f"{at}: the value {value!r} is gone"
    elif is_request and now is not None:
        yield f"{at}: takes only a closed list now"


def _of_limits(old: Schema, new: Schema, at: str) -> Iterator[str]:
    for name in _LEAST:
        if new.get(name, 0) > old.get(name, new.get(name, 0) if name == "minimum" else 0):
            yield f"{at}: {name} is {new[name]} now"
    for name in _MOST:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{at}: {name} is {new[name]} now"
    for name in _EXACT:
        if name in new and new[name] != old.get(name):
            yield f"{at}: {name} is {new[name]!r} now"
    if new.get("additionalProperties") is False and old.get("additionalProperties") is not False:
        yield f"{at}: takes no further fields any more"


def _of_required(old: Schema, new: Schema, at: str, *, is_request: bool) -> Iterator[str]:
    before, now = set(old.get("required", ())), set(new.get("required", ()))
    if is_request:
        for name in sorted(now - before):
            yield f"{at}/{name}: is required now"
    else:
        for name in sorted(before - now):
            yield f"{at}/{name}: need not be told any more"


def _of_properties(
    pair: _Pair, old: Schema, new: Schema, at: str, *, is_request: bool, depth: int
) -> Iterator[str]:
    there = new.get("properties", {})
    for name, one in old.get("properties", {}).items():
        if name not in there:
            yield f"{at}/{name}: is gone"
        else:
            inner = one, there[name]
            where = f"{at}/{name}"
            yield from _of_schema(pair, *inner, where, is_request=is_request, depth=depth + 1)


def _of_choices(
    pair: _Pair, old: Schema, new: Schema, at: str, word: str, *, is_request: bool, depth: int
) -> Iterator[str]:
    before, now = old.get(word, ()), new.get(word, ())
    # A request may be taken in more ways, an answer be given in fewer.
    for nth, one in enumerate(before if is_request else now):
        others = now if is_request else before
        pairs = [(one, other) if is_request else (other, one) for other in others]
        if others and not any(
            not [*_of_schema(pair, *two, at, is_request=is_request, depth=depth + 1)]
            for two in pairs
        ):
            yield f"{at}: {word} {nth} has no match any more"
    if is_request and bool(now) and not before:
        yield f"{at}: {word} is asked now"
