"""The schema's fingerprint: one line per trigger, function, grant, constraint and owner of the books.

The released lines are the file beside this module; a difference names the object.
"""

import hashlib
import re
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("schema_fingerprint.txt")

_OURS = "relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
_QUERIES = (
    """SELECT 'trigger', c.relname || '.' || t.tgname, t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid)
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace""",
    # what makes the foreign keys and deferred constraints work: must be enabled
    """SELECT 'disabled internal trigger', c.relname || '.' || count(*), t.tgenabled::text
       FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
       WHERE t.tgisinternal AND t.tgenabled <> 'O' AND c.relnamespace = 'public'::regnamespace
       GROUP BY c.relname, t.tgenabled""",
    """SELECT 'function', p.oid::regprocedure::text,
              concat_ws(' ', pg_get_function_result(p.oid), l.lanname, p.provolatile, p.prosecdef, p.proconfig::text,
                  p.proowner::regrole, encode(sha256(convert_to(p.prosrc, 'UTF8')), 'hex'),
                  (SELECT string_agg(a.grantee::regrole::text || '=' || a.privilege_type, ',' ORDER BY 1)
                   FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee <> p.proowner))
       FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
       WHERE p.pronamespace = 'public'::regnamespace
         AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')""",
    f"""SELECT 'table', relname, concat_ws(' ', relkind, relowner::regrole, relrowsecurity, relforcerowsecurity)
        FROM pg_class WHERE {_OURS}""",
    f"""SELECT 'grant', relname || ' to ' || CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END,
               string_agg(a.privilege_type || CASE WHEN a.is_grantable THEN '*' ELSE '' END, ',' ORDER BY a.privilege_type)
        FROM pg_class, aclexplode(relacl) a WHERE {_OURS} AND a.grantee <> relowner GROUP BY relname, a.grantee""",
    f"""SELECT 'column grant', relname || ' to ' || a.grantee::regrole || ' ' || a.privilege_type,
               string_agg(attname, ',' ORDER BY attname)
        FROM pg_class c JOIN pg_attribute t ON t.attrelid = c.oid, aclexplode(t.attacl) a
        WHERE {_OURS} GROUP BY relname, a.grantee, a.privilege_type""",
    """SELECT 'constraint', conrelid::regclass || '.' || conname,
              pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' NOT VALID' END
       FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid <> 0""",
    f"""SELECT 'unique index', c.relname, pg_get_indexdef(i.indexrelid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE i.indisunique AND i.indrelid IN (SELECT oid FROM pg_class WHERE {_OURS})
          AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u'))""",
    f"""SELECT 'default', relname || '.' || attname, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid
        JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE {_OURS}""",
)


def lines(cursor: Any) -> list[str]:
    """The database's fingerprint, sorted; long definitions by their hash. Statements: one per kind of object."""
    found = []
    for query in _QUERIES:
        cursor.execute(query, None)
        found += [f"{kind} {name}: {_short(definition)}" for kind, name, definition in cursor.fetchall()]
    return sorted(found)


_ARRAY = re.compile(r"\(ARRAY\[((?:'(?:[^']|'')*'::character varying(?:, )?)+)\]\)::text\[\]")
_ITEM = re.compile(r"('(?:[^']|'')*'::character varying)")
_PARTS = re.compile(r"'(?:[^']|'')*'|[()]| (?:AND|OR) ")


def canonical(definition: str) -> str:
    """A definition in the one form that it has also after a dump and a restore, when PostgreSQL has read its own text.

    Lists are cast item by item, and (a OR b) OR c has lost its inner parentheses; nothing else is touched.
    """
    flat = " ".join(definition.split())
    flat = _ARRAY.sub(lambda found: "ARRAY[" + _ITEM.sub(r"(\1)::text", found[1]) + "]", flat)
    while (shorter := _without_one_group(flat)) is not None:
        flat = shorter
    return flat


def _without_one_group(text: str) -> str | None:
    """Without the first group of the same AND or OR that it stands in; None if there is none."""
    groups: list[dict[str, Any]] = [{"start": -1, "joins": set(), "inner": []}]
    for part in _PARTS.finditer(text):
        if part[0] == "(":
            groups.append({"start": part.start(), "joins": set(), "inner": []})
        elif part[0] == ")":
            group = groups.pop()
            for start, end, joins in group["inner"]:
                if joins == group["joins"] and len(joins) == 1 and _is_operand(text, start, end):
                    return text[:start] + text[start + 1 : end] + text[end + 1 :]
            groups[-1]["inner"].append((group["start"], part.start(), group["joins"]))
        elif part[0][0] == " ":
            groups[-1]["joins"].add(part[0].strip())
    return None


def _is_operand(text: str, start: int, end: int) -> bool:
    """Whether the group stands by itself beside AND or OR: it is no function's arguments and nothing is cast or negated."""
    before, after = text[:start], text[end + 1 :]
    return before.endswith(("(", " AND ", " OR ")) and after.startswith((")", " AND ", " OR "))


def _short(definition: str) -> str:
    flat = canonical(definition)
    return flat if len(flat) <= 300 else "sha256 " + hashlib.sha256(flat.encode()).hexdigest()


def released() -> list[str] | None:
    """The released lines; None while there is no released schema."""
    return FILE.read_text().splitlines() if FILE.exists() else None


def write(cursor: Any) -> int:
    """Write the database's fingerprint as the released one; the number of lines."""
    now = lines(cursor)
    FILE.write_text("\n".join(now) + "\n")
    return len(now)


def differences(cursor: Any) -> list[tuple[str, str]]:
    """("missing" or "extra", line) for each line that the database lacks or has beyond the released ones."""
    wanted, now = set(released() or ()), set(lines(cursor))
    return [("missing", line) for line in sorted(wanted - now)] + [("extra", line) for line in sorted(now - wanted)]


def first_difference(cursor: Any) -> dict[str, str] | None:
    """For the proof: the first object that differs from the released schema."""
    if released() is None:
        return None
    for kind, line in differences(cursor):
        return {"problem": kind, "object": line}
    return None
