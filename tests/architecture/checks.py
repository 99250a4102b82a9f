"""Rules of the house that neither the linter nor the type checker knows, as functions of one file.

Each takes the file's path (relative to the root) and its text or syntax tree and returns
complaints, so that a test can feed it a snippet as well as the whole tree.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

FILE_LINES = 400
TEST_FILE_LINES = 800
FUNCTION_LINES = 70
# The house style names parameters from the third on; here is where that is no longer a taste.
POSITIONAL_PARAMETERS = 3
BANNED_WORDS = frozenset(
    {"manager", "helper", "helpers", "utils", "util", "data", "info", "process", "handle"}
)
PURE_NAMES = frozenset({"rules", "methods"})
PURE_FOLDERS = ("protocol/checkout/", "protocol/vocabulary/")
# All that rules and the protocol may know of the outside: values, codes and their arithmetic. What
# is missing here opens files and sockets, asks the machine, or counts in binary fractions.
PURE_IMPORTS = (
    *("base64", "binascii", "bisect", "collections", "contextlib", "cryptography", "dataclasses"),
    *("datetime", "decimal", "enum", "functools", "hashlib", "hmac", "itertools", "msgspec"),
    *("operator", "random", "re", "string", "types", "typing", "unicodedata", "urllib.parse"),
    *("uuid", "zlib", "zoneinfo"),
)
# What papers are drawn with, imported where they are drawn: pictures, symbols, letters.
DRAWING_FOLDER = "protocol/documents/"
DRAWING_IMPORTS = ("PIL", "importlib.resources", "io", "segno", "uharfbuzz")
PROGRAMS = frozenset({"protocol", "edge_agent", "hub", "provisioning"})
_KINDS = (("rules",), ("models",), ("store", "repository"), ("service",), ("schemas",))
_ORDER = {kind: rank for rank, kinds in enumerate(_KINDS) for kind in kinds}
_ORDER |= dict.fromkeys(("routes", "tasks"), len(_KINDS))
_REACHES_OUT = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
# The transaction belongs to the storage and the database kit: a slice's function runs inside it.
COMMITTING = ("edge_agent/storage/", "edge_agent/kit/", "hub/kit/")
# Where SQL may stand in Python: the storage's pragmas, the database kits, a slice's repository and
# the hub's migrations; in the demo the audit, which must not ask the hub about itself, and the
# stack, which makes the database.
SQL_FOLDERS = ("edge_agent/storage/", "edge_agent/kit/", "hub/kit/", "migrations/", "tests/")
SQL_NAMES = frozenset({"repository.py", "models.py"})
SQL_FILES = frozenset({"provisioning/demo/books.py", "provisioning/demo/stack.py"})

# SQL is written in capitals or in small letters; a sentence starts with one capital.
_SELECT = r"SELECT\b.+\bFROM\b|SELECT\s+\w+\(|WITH\s+(RECURSIVE\s+)?\w+\s+AS\s*\("
_DEFINE = r"(CREATE|ALTER|DROP)\s+(UNIQUE\s+)?(TABLE|INDEX|POLICY|ROLE|FUNCTION|TRIGGER|VIEW)\b"
_CHANGE = (
    r"(INSERT|REPLACE|MERGE)\s+(OR\s+\w+\s+)?INTO\b|UPDATE\s+[^\s]+\s+SET\b|DELETE\s+FROM\b"
    r"|PRAGMA\s+\w+|TRUNCATE\s+\w+|COPY\s+\w+.*\b(FROM|TO)\b|VACUUM\b|ATTACH\s"
)
_FRAME = r"BEGIN(\s+IMMEDIATE)?\s*;?\s*$|(COMMIT|ROLLBACK)\s*;?\s*$|SAVEPOINT\b"
_COMMENTS = r"(\s|--[^\n]*\n|/\*.*?\*/)*"
_STATEMENT = rf"{_COMMENTS}({_SELECT}|{_DEFINE}|{_CHANGE}|{_FRAME})"
# Who is given SQL; a statement that stands in the call is stray whatever it says.
_EXECUTES = frozenset(
    {"execute", "executemany", "executescript", "execute_fetchall", "exec_driver_sql"}
)
_SQL = re.compile(f"{_STATEMENT}|{_STATEMENT.lower()}", re.DOTALL)
# A bracket round a letter keeps the pattern from finding itself.
_UNDONE = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[N]otImplementedError)\b")
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_CLOCK_AND_CHANCE = {
    "datetime": {"now", "today", "utcnow"},
    "date": {"today"},
    "uuid": {"uuid1", "uuid4", "uuid6", "uuid7"},
    "time": {"time", "time_ns", "monotonic", "monotonic_ns", "perf_counter"},
    "os": {"urandom"},
}
_UNMISTAKABLE = frozenset({"monotonic", "perf_counter", "time_ns", "urandom", "uuid1", "uuid4"})


@dataclass(frozen=True)
class Source:
    """A Python file: `path` relative to the root, with forward slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    @property
    def name(self) -> str:
        return PurePosixPath(self.path).name

    @property
    def is_test(self) -> bool:
        return self.path.startswith("tests/")

    @property
    def is_pure(self) -> bool:
        """Also where a slice's rules have grown from a module into a folder."""
        if self.is_test:
            return False
        parts = PurePosixPath(self.path).with_suffix("").parts
        kinds = {part.split("_")[-1] for part in parts}
        return not PURE_NAMES.isdisjoint(kinds) or self.path.startswith(PURE_FOLDERS)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield node

    def complaint(self, node: ast.AST, sentence: str) -> str:
        return f"{self.path}:{getattr(node, 'lineno', 1)}: {sentence}"


def foreign_commits(source: Source) -> Iterator[str]:
    """One public method is one transaction, so only the storage and the kits end one."""
    if source.is_test or source.path.startswith(COMMITTING):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and _attribute(node.func) in {"commit", "rollback"}:
            yield source.complaint(node, "a transaction ended outside the storage and the kits")


def stray_sql(source: Source) -> Iterator[str]:
    """SQL stands in queries.sql, repositories and migrations; everything else calls it by name."""
    if source.name in SQL_NAMES or source.path in SQL_FILES or source.path.startswith(SQL_FOLDERS):
        return
    docstrings = {id(node) for node in _docstrings(source.tree)}
    for node, text in _strings(source.tree):
        if id(node) not in docstrings and _SQL.match(text):
            yield source.complaint(node, "SQL outside the files that hold it")
    for call in (node for node in ast.walk(source.tree) if isinstance(node, ast.Call)):
        written = call.args and isinstance(call.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)
        if written and _attribute(call.func) in _EXECUTES:
            yield source.complaint(call, "a statement written where it is executed")


def impure_rules(source: Source) -> Iterator[str]:
    """Rules decide from values alone: no clock, no chance, no waiting, no binary fractions."""
    if not source.is_pure:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
            yield source.complaint(node, "rules do not wait")
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            yield source.complaint(node, "a float constant in rules")
        if isinstance(node, ast.Name) and node.id == "float":
            yield source.complaint(node, "float in rules")
        if isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield source.complaint(node, "division into a binary fraction in rules")
        if isinstance(node, ast.Call) and _asks_clock_or_chance(node.func):
            yield source.complaint(node, "rules are given time, ids and chance")


def impure_imports(source: Source) -> Iterator[str]:
    """Rules and the protocol know values: no files, sockets, threads, clocks or frameworks."""
    if not (source.is_pure or source.path.startswith("protocol/")):
        return
    draws = source.path.startswith(DRAWING_FOLDER)
    allowed = {*PURE_IMPORTS, *(DRAWING_IMPORTS if draws else ())}
    for node in ast.walk(source.tree):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        for name in names:
            root = name.partition(".")[0]
            if allowed.isdisjoint({name, root}) and root not in PROGRAMS:
                yield source.complaint(node, f"{name} in what is pure")
        if isinstance(node, ast.Call) and _name(node.func) in _REACHES_OUT:
            yield source.complaint(node, f"{_name(node.func)}() in what is pure")


def upward_imports(source: Source) -> Iterator[str]:
    """The order inside a slice, also where it has two of a kind; `.importlinter` knows the others
    by their whole names alone."""
    parts = PurePosixPath(source.path).with_suffix("").parts
    if len(parts) != 3 or parts[0] not in {"edge_agent", "hub"}:
        return
    program, slice_, module = parts
    own = _ORDER.get(module.split("_")[-1])
    for node, name in _imported(source.tree):
        found = name.split(".")
        if own is None or len(found) < 3 or found[:2] != [program, slice_]:
            continue
        above = _ORDER.get(found[2].split("_")[-1])
        if above is not None and above > own:
            yield source.complaint(node, f"{module} imports {found[2]}, which stands above it")


def _imported(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"{node.module}.{alias.name}") for alias in node.names)


def global_chance(source: Source) -> Iterator[str]:
    """Randomness is handed in as a `Random`, so that every run can be repeated from its seed."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            makes_a_generator = node.func.attr in {"Random", "SystemRandom"}
            if isinstance(owner, ast.Name) and owner.id == "random" and not makes_a_generator:
                yield source.complaint(node, "the global random generator")


def oversized(source: Source) -> Iterator[str]:
    limit = TEST_FILE_LINES if source.is_test else FILE_LINES
    lines = len(source.text.splitlines())
    if lines > limit:
        yield f"{source.path}: {lines} lines, limit {limit}"
    for function in source.functions():
        length = function_lines(function)
        if length > FUNCTION_LINES:
            yield source.complaint(
                function, f"{function.name}() has {length} lines, limit {FUNCTION_LINES}"
            )


def function_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def crowded_signatures(source: Source) -> Iterator[str]:
    """Over three parameters are named at the call.

    Exempt are signatures that others dictate: dunders but `__init__`, and decorated functions
    (routes, commands, validators, fixtures, property tests).
    """
    if source.is_test:
        return
    for function in source.functions():
        if function.decorator_list and not _is_plain_method(function):
            continue
        if function.name.startswith("__") and function.name != "__init__":
            continue
        positional = [*function.args.posonlyargs, *function.args.args]
        if positional and positional[0].arg in {"self", "cls"}:
            positional = positional[1:]
        if len(positional) > POSITIONAL_PARAMETERS:
            yield source.complaint(
                function, f"{function.name}() takes {len(positional)} parameters by position"
            )


def unfinished(path: str, text: str) -> Iterator[str]:
    """Nothing is left for later in the tree; what is missing is said in an issue."""
    for number, line in enumerate(text.splitlines(), start=1):
        if _UNDONE.search(line):
            yield f"{path}:{number}: unfinished: {line.strip()[:80]}"


def vague_names(source: Source) -> Iterator[str]:
    """A module, class or function is named for what it is, not for being something.

    A shop's manager is a person with a role, so functions may speak of one.
    """
    stem = PurePosixPath(source.path).stem
    for part in (*PurePosixPath(source.path).parts[:-1], stem):
        if _words(part) & BANNED_WORDS:
            yield f"{source.path}: the name {part!r}"
    classes = (node for node in ast.walk(source.tree) if isinstance(node, ast.ClassDef))
    for definition in (*classes, *source.functions()):
        banned = (
            BANNED_WORDS if isinstance(definition, ast.ClassDef) else BANNED_WORDS - {"manager"}
        )
        if _words(definition.name) & banned:
            yield source.complaint(definition, f"the name {definition.name!r}")


def _strings(tree: ast.Module) -> Iterator[tuple[ast.Constant, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, node.value


def _attribute(expression: ast.expr) -> str:
    return expression.attr if isinstance(expression, ast.Attribute) else ""


def _docstrings(tree: ast.Module) -> Iterator[ast.Constant]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                yield first.value


def _asks_clock_or_chance(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in _UNMISTAKABLE
    if isinstance(function, ast.Attribute):
        owner = function.value
        name = owner.attr if isinstance(owner, ast.Attribute) else getattr(owner, "id", "")
        return name in {"random", "secrets"} or function.attr in _CLOCK_AND_CHANCE.get(name, ())
    return False


def _is_plain_method(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    names = {getattr(decorator, "id", "") for decorator in function.decorator_list}
    return names <= {"classmethod", "staticmethod", "override", "asynccontextmanager"}


def _words(name: str) -> set[str]:
    return {word.lower() for word in _WORD.findall(name)}


def _name(expression: ast.expr) -> str:
    return expression.id if isinstance(expression, ast.Name) else ""
