"""What Debian's interpreter runs while an image is built: scripts, each from JSON to an answer."""

PROBE = """
import sys
job = __import__("json").load(sys.stdin)
for name in [name for name in sys.modules if name.startswith("json")]:
    del sys.modules[name]  # unless bootpy asks for it, it is not in the image
sys.path[:0] = job["path"]
sys.dont_write_bytecode = True
failed = []
for text, place, optional in job["imports"]:
    try:
        exec(text, {})
    except ImportError as error:
        if not optional:
            failed.append([text, place, str(error)])
    except Exception as error:
        failed.append([text, place, f"{type(error).__name__}: {error}"])
import codecs
for name in job["codecs"]:
    try:
        codecs.lookup(name)
    except LookupError:
        pass
mapped = set()
with open("/proc/self/maps") as maps:
    for line in maps:
        if ".so" in line:
            mapped.add(line.split(maxsplit=5)[-1].strip())
loaded, inside = {}, []
for name, module in list(sys.modules.items()):
    spec = getattr(module, "__spec__", None)
    if name == "__main__" or spec is None or spec.name != name:
        continue
    if spec.origin in ("built-in", "frozen"):
        inside.append(name)
    elif spec.origin is not None:
        loaded[name] = spec.origin
# What was compiled on the way: module-level expressions that are put together from parts, and
# those that functions will compile when they are first needed.
names = {"__name__": "patterns"}
exec(job["patterns"], names)
names["compile_called"]([sys.modules[name] for name in loaded])
kept = getattr(sys.modules.get("re"), "_kept", {})
patterns = [[kind is bytes, text if kind is str else text.decode("latin-1"), int(flags)]
            for kind, text, flags in kept if kind in (str, bytes)]
import json
answer = {"loaded": loaded, "inside": inside, "failed": failed, "mapped": sorted(mapped),
          "patterns": patterns}
json.dump(answer, sys.stdout)
"""
"""Runs import statements, and says what they loaded."""

COMPILE = """
import sys, json, base64, marshal, _imp
from importlib.util import MAGIC_NUMBER
done = []
rows = json.load(sys.stdin)
for (source, shown, ours), tree in zip(rows, trees(rows)):
    code = compile(tree, shown, "exec", dont_inherit=True, optimize=2)
    with open(source, "rb") as file:
        text = file.read()
    # PEP 552: hash-based and never checked, so that the header depends on the source alone.
    key = _imp.source_hash(int.from_bytes(MAGIC_NUMBER, "little") & 0xFFFFFFFF, text)
    header = MAGIC_NUMBER + (1).to_bytes(4, "little") + key
    done.append([base64.b64encode(each).decode() for each in (header, marshal.dumps(code))])
json.dump(done, sys.stdout)
"""
"""Compiles modules, behind the text of lean.py."""

PATTERNS = """
import json, sys
job = json.load(sys.stdin)
compiled = [(given.encode("latin-1") if is_bytes else given, flags)
            for is_bytes, given, flags in job["compiled"]]
sys.stdout.write(text(trees(job["rows"]), compiled))
"""
"""Finds the regular expressions of modules, behind the texts of lean.py and patterns.py."""
