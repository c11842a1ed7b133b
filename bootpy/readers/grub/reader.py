"""The reader: every grub.cfg on a volume, each as a configuration.

A configuration that only shows another one (Debian's /EFI/debian/grub.cfg on the ESP is
three lines that search the real volume and `configfile` the real file) has the entries
of the file that it shows, with that file as their source and with the ids that they have
where the file is read by itself, so that a listing of both has each entry once.
"""

from bootpy.diagnostics import Diagnostic, Source
from bootpy.entry import Configuration, Entry, Host, Write
from bootpy.readers.grub import defaults
from bootpy.readers.grub.devices import Devices
from bootpy.readers.grub.evaluator import Evaluator
from bootpy.readers.grub.files import run_file
from bootpy.readers.grub.limits import LARGEST_FILE, LimitReached
from bootpy.readers.grub.menu import Menu
from bootpy.readers.grub.state import Session
from bootpy.readers.grub.variables import Variables
from bootpy.readers.grub.walk import Shown, Walk
from bootpy.volume import Volume, Volumes

FOLDERS = (
    "/",
    "/grub",
    "/grub2",
    "/boot/grub",
    "/boot/grub2",
    "/@/boot/grub",
    "/@rootfs/boot/grub",
    "/efi/boot",
)
"""Where a grub.cfg is looked for, before the folders of /EFI.

`@` and `@rootfs` are the subvolumes in which installers put a root on btrfs: GRUB reads a btrfs
from its top, and has the subvolume in every path.
"""

_FEATURES = (
    "feature_chainloader_bpb",
    "feature_ntldr",
    "feature_platform_search_hint",
    "feature_default_font_path",
    "feature_all_video_module",
    "feature_menuentry_id",
    "feature_menuentry_options",
    "feature_200_final",
    "feature_nativedisk_cmd",
    "feature_timeout_style",
)

_CPUS = {"aarch64": "arm64", "armv7l": "arm", "ppc64le": "powerpc", "i686": "i386"}


def read(home: Volume, volumes: Volumes, host: Host) -> list[Configuration]:
    """Read all configurations on `home`; other volumes are looked at for what they name."""
    configurations: list[Configuration] = []
    texts: list[bytes] = []
    for path in find(home):
        try:
            text = home.read(path, LARGEST_FILE)
        except (OSError, ValueError) as error:
            configurations.append(_unreadable(Source(home.name, path), error))
            continue
        # One file under two names (/boot is often a link to itself) is one configuration.
        if text not in texts:
            texts.append(text)
            configurations.append(_read_file(home, path, volumes, host))
    return configurations


def find(home: Volume) -> list[str]:
    """Paths of the grub.cfg files on a volume, in the order in which they are looked for."""
    folders = [_spelled(home, folder) for folder in FOLDERS]
    efi = _spelled(home, "/EFI")
    if efi is not None:
        folders += [f"{efi}/{name}" for name in home.names(efi)]
    paths: list[str] = []
    for folder in folders:
        if folder is None:
            continue
        path = _spelled(home, folder.rstrip("/") + "/grub.cfg")
        status = home.status(path) if path else None
        if path and path not in paths and status is not None and status.kind == "file":
            paths.append(path)
    return paths


def _spelled(home: Volume, path: str) -> str | None:
    """The path as it is spelled on a volume that ignores case."""
    if not home.ignores_case:
        return path
    spelled = ""
    for part in path.strip("/").split("/"):
        if part:
            names = home.names(spelled or "/")
            name = next((n for n in names if n.lower() == part.lower()), None)
            if name is None:
                return None
            spelled += "/" + name
    return spelled or "/"


def _unreadable(source: Source, error: OSError | ValueError) -> Configuration:
    reason = getattr(error, "strerror", None) or str(error)
    told = Diagnostic("error", source, f"cannot be read: {reason}", "check the file system")
    return Configuration(source, "grub", diagnostics=(told,))


def _read_file(home: Volume, path: str, volumes: Volumes, host: Host) -> Configuration:
    session = Session(Devices(volumes), host)
    shell = start(session, home, path)
    try:
        run_file(shell, f"({home.name}){path}")
    except LimitReached as limit:
        shell.tell("error", limit.message, limit.hint)
    return _configuration(shell, Source(home.name, path))


def start(session: Session, home: Volume, path: str) -> Evaluator:
    """An evaluator as GRUB is when it begins to read the file at `path`."""
    prefix = f"({home.name}){path.rpartition('/')[0]}"
    shell = begin(session, home.name, prefix, Source(home.name, path))
    shell.configs = ((home.name, path),)
    return shell


def begin(session: Session, root: str, prefix: str, source: Source) -> Evaluator:
    """An evaluator as GRUB is when it is started with these `$root` and `$prefix`."""
    variables = Variables()
    settings = {
        "root": root,
        "prefix": prefix,
        "grub_platform": session.host.platform,
        "grub_cpu": _cpu(session.host),
        "color_normal": "light-gray/black",
        "color_highlight": "black/light-gray",
        "pager": "",
        "lang": "",
        "locale_dir": "",
        "secondary_locale_dir": "",
        "btrfs_subvol": "",
        **dict.fromkeys(_FEATURES, "y"),
    }
    for name, value in settings.items():
        variables.set(name, value)
        variables.export(name)
    return Evaluator(session, variables, Menu(source, variables), source)


def _cpu(host: Host) -> str:
    if host.machine == "x86_64" and host.platform == "pc":
        return "i386"
    return _CPUS.get(host.machine, host.machine)


def _configuration(shell: Evaluator, source: Source) -> Configuration:
    menus = [*shell.shown, shell.menu] if shell.menu.items else shell.shown
    only_shows = bool(shell.shown) and not shell.menu.items
    waits = defaults.timeout(menus[0].variables.get("timeout")) if menus else None
    walk = Walk(
        f"grub:{shell.shown[0].source.volume if only_shows else source.volume}",
        asks_nobody=shell.session.host.asks_nobody(waits),
    )
    shown = [walk.menu(shell, menu) for menu in menus]
    first = shown[0] if shown else Shown()
    return Configuration(
        source,
        "grub",
        tuple(
            _as_default(shell, menus[0], entry) if entry.id == first.default else entry
            for menu in shown
            for entry in menu.entries
        ),
        first.default,
        first.timeout,
        first.fallbacks,
        _merged((*shell.writes, *first.writes)),
        tuple(shell.session.diagnostics),
        walk.passed,
    )


def _as_default(shell: Evaluator, menu: Menu, entry: Entry) -> Entry:
    from bootpy.readers.grub.origins import of_variable

    found = of_variable(shell, "default", "default", menu.variables.get("default") or "")
    origins = [one._replace(how=f"{one.how} default") if one.how == "set" else one for one in found]
    return entry._replace(default=True, origins=(*entry.origins, *origins))


def _merged(writes: tuple[Write, ...]) -> tuple[Write, ...]:
    """One write per file, with the values that would stand there in the end."""
    files: dict[tuple[str, str], dict[str, str]] = {}
    for write in writes:
        files.setdefault((write.volume, write.path), {}).update(write.variables)
    return tuple(Write(*file, tuple(values.items())) for file, values in files.items())
