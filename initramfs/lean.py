"""bootpy's modules as the image has them: without what only type checkers and readers need.

A default boot runs each of these modules once, so what costs is defining things, not calling
them. `NamedTuple` compiles a constructor at run time for each class, annotations are evaluated
one by one, and `typing` is imported for both. Here a class that was a NamedTuple becomes a
`Record` (overlay/record.py) with its constructor written out, annotations go, and so do the
imports and names that served them alone. Line numbers stay, for tracebacks.

What runs is the target's interpreter, which is handed this file as text: it imports the
standard library's ast and nothing else.
"""

import ast
from collections.abc import Collection, Iterable, Iterator

RECORD = "record"
"""The image's module with `Record`."""

_TYPING = frozenset(("typing", "collections.abc"))


def lean(text: str, file: str, wanted: Collection[str] | None = None) -> ast.Module:
    """Return a module's syntax tree without types; SyntaxError where it is no Python.

    The module must be one of bootpy's: its imports have no effect but their names. `wanted`
    are the names that other modules import; None where they are not known, and then no
    alias of a type goes.
    """
    return _shortened(_Types().visit(ast.parse(text, file)), wanted)


def _shortened(module: ast.Module, wanted: Collection[str] | None) -> ast.Module:
    for _ in range(3):  # an alias of an alias of a type
        module = _Unused(_used(module), wanted).visit(module)
    return ast.fix_missing_locations(module)


def imported(module: ast.Module) -> set[str]:
    """Return the names that a module imports from others of bootpy's."""
    return {
        one.name
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("bootpy")
        for one in node.names
    }


def trees(rows: Iterable[tuple[str, str, bool]]) -> Iterator[ast.Module]:
    """Yield the syntax trees of files: each with what tracebacks call it, and whether it is ours.

    Of others' modules only the annotations of functions go, which cost and which nobody reads.
    SystemExit names the place of what is no Python.
    """
    rows = list(rows)
    try:
        made = {file: lean(_text(file), shown) for file, shown, ours in rows if ours}
        wanted = {name for module in made.values() for name in imported(module)}
        for file, shown, ours in rows:
            if ours:
                yield _shortened(made.pop(file), wanted)
            else:
                yield _bare(ast.parse(_text(file), shown))
    except SyntaxError as error:
        raise SystemExit(f"{error.filename}:{error.lineno}: {error.msg}") from None


def _text(file: str) -> str:
    with open(file, encoding="utf-8") as opened:
        return opened.read()


def _bare(module: ast.Module) -> ast.Module:
    bare: ast.Module = _Bare().visit(module)
    return bare


class _Bare(ast.NodeTransformer):
    """Take the annotations of functions away."""

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node


class _Types(_Bare):
    """Take annotations away, and write NamedTuples out."""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        self.generic_visit(node)
        if any(isinstance(each, ast.ClassDef) and _is_record(each) for each in ast.walk(node)):
            place = 1 if ast.get_docstring(node, clean=False) is not None else 0
            wanted = ast.ImportFrom(RECORD, [ast.alias("Record"), ast.alias("field", "_getter")], 0)
            node.body.insert(place, ast.copy_location(wanted, node.body[0]))
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt | None:
        self.generic_visit(node)
        if node.value is None:
            return None
        return ast.copy_location(ast.Assign([node.target], node.value), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id == "cast" and len(node.args) == 2:
            return node.args[1]
        return node

    def visit_If(self, node: ast.If) -> ast.If | list[ast.stmt] | None:
        self.generic_visit(node)
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            return node.orelse or None
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        bases = [base.id for base in node.bases if isinstance(base, ast.Name)]
        if "NamedTuple" in bases:
            return self._record(node)
        self.generic_visit(node)
        node.bases = [
            base
            for base in node.bases
            if not (isinstance(base, ast.Name) and base.id == "Protocol")
        ]
        node.body = node.body or [ast.copy_location(ast.Pass(), node)]
        return node

    def _record(self, node: ast.ClassDef) -> ast.ClassDef:
        """Write out what collections.namedtuple makes of the class's fields at run time."""
        fields = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        rest = [each for each in node.body if not isinstance(each, ast.AnnAssign)]
        names = [each.target.id for each in fields if isinstance(each.target, ast.Name)]
        defaults = [each.value for each in fields if each.value is not None]
        made = ast.parse(
            f"__slots__ = ()\n_fields = __match_args__ = {tuple(names)!r}\n"
            f"def __new__(_cls, {', '.join(names)}):\n"
            f"    return tuple.__new__(_cls, ({', '.join(names)},))\n"
            + "".join(f"{name} = _getter({place}, None)\n" for place, name in enumerate(names))
        ).body
        constructor = made[2]
        assert isinstance(constructor, ast.FunctionDef)
        constructor.args.posonlyargs = [constructor.args.args.pop(0)]
        constructor.args.defaults = defaults
        for each in made:
            ast.copy_location(each, node)
            for inner in ast.walk(each):
                if isinstance(inner, ast.stmt | ast.expr | ast.arg) and inner not in defaults:
                    inner.lineno = inner.end_lineno = node.lineno
        node.bases = [ast.copy_location(ast.Name("Record", ast.Load()), node)]
        node.body = [*made, *rest]
        self.generic_visit(node)
        return node


def _is_record(node: ast.ClassDef) -> bool:
    return any(isinstance(base, ast.Name) and base.id == "Record" for base in node.bases)


def _is_type(value: ast.expr) -> bool:
    """Whether an expression is what aliases of types are made of."""
    match value:
        case ast.Subscript(value=ast.Name(id="Literal" | "tuple" | "dict" | "list" | "Callable")):
            return True
        case ast.Call(func=ast.Name(id="TypeVar")):
            return True
        case ast.BinOp(op=ast.BitOr(), left=left, right=right):
            return _is_type(left) or _is_type(right) or isinstance(right, ast.Name)
    return False


def _used(module: ast.Module) -> set[str]:
    """Return the names that are read anywhere in a module, and those that __all__ lists."""
    found = set()
    for each in ast.walk(module):
        match each:
            case ast.Name(id=name, ctx=ast.Load()):
                found.add(name)
            case ast.Assign(targets=[ast.Name(id="__all__")], value=value):
                found |= set(ast.literal_eval(value))
    return found


class _Unused(ast.NodeTransformer):
    """Take away imports that nothing uses, and aliases of types that nothing uses."""

    def __init__(self, used: set[str], wanted: Collection[str] | None) -> None:
        self._used = used
        self._wanted = wanted

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        if node.module not in _TYPING and not (node.module or "").startswith("bootpy"):
            return node
        node.names = [one for one in node.names if (one.asname or one.name) in self._used]
        return node if node.names else None

    def visit_Assign(self, node: ast.Assign) -> ast.Assign | None:
        target = node.targets[0]
        if self._wanted is None or not isinstance(target, ast.Name) or not _is_type(node.value):
            return node
        return node if target.id in self._used or target.id in self._wanted else None

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        self.generic_visit(node)
        node.body = node.body or [ast.copy_location(ast.Pass(), node)]
        return node

    def visit_If(self, node: ast.If) -> ast.If | None:
        self.generic_visit(node)
        return node if node.body else None
