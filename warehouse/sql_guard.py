"""What an analyst's SQL may say: one SELECT over published tables, with functions known here.

The statement is judged as DuckDB itself reads it (``json_serialize_sql``), so nothing can mean one
thing here and another where it runs. Everything is refused that is not on a list.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import duckdb

MAX_SQL_CHARACTERS = 100_000
MAX_DEPTH = 400
_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_OPERATOR = re.compile(r"[^a-z0-9_]+")
_TABLE_FUNCTIONS = frozenset({"unnest", "range", "generate_series"})
#: Words that DuckDB answers with what it knows of its session, where no column has the name.
_SESSION = frozenset(
    {
        "current_user", "user", "session_user", "current_role", "current_catalog",
        "current_database", "current_schema", "current_schemas", "current_query",
    }
)  # fmt: skip
_RELATIONS = frozenset(
    {"EMPTY", "JOIN", "SUBQUERY", "EXPRESSION_LIST", "BASE_TABLE", "TABLE_FUNCTION"}
)
_NODES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "RECURSIVE_CTE_NODE"})
# Left out on purpose: what reads files, settings, sequences or the session, and what makes a
# text or list of any length from a short one (repeat, lpad, format, range, array_resize).
_FUNCTIONS = frozenset(
    """
    __between abs acos acosh add age any_value approx_count_distinct approx_quantile arbitrary
    arg_max arg_max_null arg_min arg_min_null argmax argmin array_agg array_contains
    array_distinct array_extract array_has array_has_all array_has_any array_length
    array_position array_slice array_sort array_to_string array_unique array_value ascii asin
    asinh atan atan2 atanh avg bin bit_and bit_count bit_or bit_xor bool_and bool_or cardinality
    cbrt ceil ceiling century char_length character_length chr coalesce concat concat_ws
    constant_or_null contains corr cos cosh cot count count_if count_star countif covar_pop
    covar_samp cume_dist current_date current_localtime current_localtimestamp current_timestamp
    damerau_levenshtein date_add date_diff date_part date_sub date_trunc datediff datepart
    datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month decade degrees
    dense_rank divide element_at ends_with entropy enum_code enum_first enum_last enum_range
    epoch epoch_ms epoch_us era error even exp factorial favg fdiv first first_value flatten
    floor fmod format_bytes formatreadablesize fsum gamma gcd geomean get_current_timestamp
    greatest group_concat grouping grouping_id hash hex histogram hour if ifnull ilike_escape
    instr isfinite isinf isnan isodow isoyear jaccard jaro_similarity jaro_winkler_similarity
    json json_array json_array_length json_contains json_exists json_extract json_extract_path
    json_extract_path_text json_extract_string json_keys json_object json_type json_valid
    json_value julian kahan_sum kurtosis lag last last_day last_value lcase lcm lead least left
    len length levenshtein like_escape list list_aggregate list_apply list_avg list_concat
    list_contains list_count list_distinct list_element list_extract list_filter list_has
    list_has_all list_has_any list_max list_min list_pack list_position list_reverse
    list_reverse_sort list_slice list_sort list_sum list_transform list_unique list_value
    list_zip listagg ln log log10 log2 lower ltrim mad make_date make_time make_timestamp
    make_timestamptz map map_contains map_entries map_extract map_from_entries map_keys
    map_values max max_by md5 mean median microsecond millennium millisecond min min_by minute
    mod mode month monthname multiply not_ilike_escape not_like_escape now nth_value ntile
    nullif octet_length ord percent_rank pi position pow power prefix product quantile
    quantile_cont quantile_disc quarter radians rank rank_dense regexp_escape regexp_extract
    regexp_extract_all regexp_full_match regexp_matches regexp_replace regexp_split_to_array
    regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope replace reverse right round
    round_even row row_number rtrim second sem sha256 sign signbit sin sinh skewness split
    split_part sqrt starts_with stddev stddev_pop stddev_samp str_split strftime string_agg
    string_split string_to_array strip_accents strlen strpos strptime struct_extract
    struct_extract_at struct_pack substr substring subtract suffix sum sumkahan tan tanh
    time_bucket timezone to_centuries to_days to_decades to_hex to_hours to_json to_microseconds
    to_milliseconds to_minutes to_months to_quarters to_seconds to_timestamp to_weeks to_years
    today translate trim trunc try_strptime typeof ucase unicode unnest upper var_pop var_samp
    variance wavg week weekday weekofyear weighted_avg xor year yearweek
    """.split()  # noqa: SIM905 - words read better without 400 quotation marks
)


class SqlRefused(Exception):
    """The statement is not one SELECT over published tables; the message says what was found."""


def published_tables(db: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return what an analyst may name: the views of ``mart``, dimensions and roll-ups."""
    rows = db.execute(
        "select schema_name || '.' || view_name from duckdb_views() where schema_name = 'mart' "
        "union all select table_name from duckdb_tables() "
        "where starts_with(table_name, 'dim_') or starts_with(table_name, 'agg_')"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def check_sql(db: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Raise ``SqlRefused`` unless ``sql`` is one SELECT over what is published in ``db``."""
    if len(sql) > MAX_SQL_CHARACTERS:
        raise SqlRefused(f"has {len(sql)} characters, and at most {MAX_SQL_CHARACTERS} are read")
    statement = _parsed(db, sql)
    held = db.execute(
        "select table_name from duckdb_tables() union select view_name from duckdb_views()"
    ).fetchall()
    _Judge(published_tables(db), frozenset(name.lower() for (name,) in held)).judge(statement)


def _parsed(db: duckdb.DuckDBPyConnection, sql: str) -> Mapping[str, Any]:
    """Return the one statement of ``sql`` as DuckDB reads it."""
    try:
        text = db.execute("select json_serialize_sql(?::varchar)", [sql]).fetchall()[0][0]
        told = json.loads(text)
    except (duckdb.Error, ValueError, RecursionError) as error:
        raise SqlRefused(f"cannot be read: {str(error).splitlines()[0]}") from None
    if told["error"]:
        raise SqlRefused(f"is no SELECT that can be read: {told['error_message']}")
    if len(told["statements"]) != 1:
        raise SqlRefused(f"holds {len(told['statements'])} statements; one SELECT is answered")
    statement: Mapping[str, Any] = told["statements"][0]
    return statement


class _Judge:
    def __init__(self, published: frozenset[str], held: frozenset[str]) -> None:
        self._published = published
        # A quoted "mart.leg" is one name, and might be a file's; mart.leg is two.
        self._paths = {tuple(name.split(".")) for name in published}
        self._paths |= {("main", *path) for path in self._paths if len(path) == 1}
        self._held = held

    def judge(self, statement: Mapping[str, Any]) -> None:
        parts = list(_parts(statement))
        own = frozenset(name for part in parts for name in self._named_here(part))
        tables = {id(part["function"]) for part in parts if part.get("type") == "TABLE_FUNCTION"}
        for part in parts:
            self._judge(part, own, is_table=id(part) in tables)

    def _judge(self, part: Mapping[str, Any], own: frozenset[str], *, is_table: bool) -> None:
        kind = part.get("type")
        if "sample" in part and "alias" in part and kind not in _RELATIONS:
            raise SqlRefused(f"reads from a {kind}, which is not answered")
        if kind == "BASE_TABLE":
            self._judge_table(part, own)
        elif isinstance(kind, str) and kind.endswith("_NODE") and kind not in _NODES:
            raise SqlRefused(f"holds a {kind}, which is not answered")
        if "function_name" in part:
            _judge_function(part, _TABLE_FUNCTIONS if is_table else _FUNCTIONS)
        if kind == "COLUMN_REF" and part["column_names"][-1].lower() in _SESSION:
            raise SqlRefused(f"asks for {part['column_names'][-1]}, which is not answered")

    def _named_here(self, part: Mapping[str, Any]) -> Iterator[str]:
        """Yield the names that the statement itself defines; none may hide a stored one."""
        defined = [entry["key"] for entry in part.get("cte_map", {}).get("map", ())]
        if part.get("type") in ("CTE_NODE", "RECURSIVE_CTE_NODE"):
            defined.append(part["cte_name"])
        for name in defined:
            lower = name.lower()
            if _NAME.fullmatch(lower) is None or lower in self._held:
                raise SqlRefused(f"names a part of itself {name}; choose another plain name")
            yield lower

    def _judge_table(self, part: Mapping[str, Any], own: frozenset[str]) -> None:
        path = tuple(name.lower() for name in part["qualified_name"]["path"])
        told = (part["catalog_name"], part["schema_name"], part["table_name"])
        name = ".".join(path)
        if tuple(name.lower() for name in told if name) != path:
            raise SqlRefused(f"reads {name}, which is not clear")
        if path not in self._paths and not (len(path) == 1 and name in own):
            published = ", ".join(sorted(self._published))
            raise SqlRefused(f"reads {name}; published are: {published}")


def _judge_function(part: Mapping[str, Any], allowed: frozenset[str]) -> None:
    name = str(part["function_name"]).lower()
    where = part.get("schema") or part.get("catalog")
    known = name in allowed or (allowed is _FUNCTIONS and _OPERATOR.fullmatch(name))
    if where or not known:
        raise SqlRefused(f"calls {name}, which is not answered")


def _parts(whole: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every object of a parsed statement, however deep it is hidden."""
    waiting = [(whole, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH:
            raise SqlRefused(f"is nested more than {MAX_DEPTH} deep")
        if isinstance(value, dict):
            yield value
            waiting.extend((inner, depth + 1) for inner in value.values())
        elif isinstance(value, list):
            waiting.extend((inner, depth + 1) for inner in value)
