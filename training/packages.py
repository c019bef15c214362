"""Reads the manifest of packages to learn from, and the list of packages never to learn from."""
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
MANIFEST = HERE / 'packages.tsv'
HELD_OUT = HERE / 'held-out.txt'
COLUMNS = ('client', 'name', 'version', 'licence', 'pairs')


@dataclass
class Package:
    client: str
    name: str
    version: str = ''
    licence: str = ''
    pairs: str = ''

    @property
    def key(self) -> str:
        return f'{self.client} {self.name} {self.version}'

    @property
    def folder(self) -> str:
        safe = self.name.replace('/', '+').replace(':', '+')
        return f'{self.client}/{safe}@{self.version}'


def read_manifest(path: Path = MANIFEST) -> list[Package]:
    lines = path.read_text('utf8').splitlines()
    return [Package(*line.split('\t')) for line in lines if line and not line.startswith(('#', 'client\t'))]


def write_manifest(packages: list[Package], path: Path = MANIFEST) -> None:
    rows = sorted({p.key: p for p in packages}.values(), key=lambda p: (p.client, p.name, p.version))
    lines = ['\t'.join(COLUMNS)] + ['\t'.join((p.client, p.name, p.version, p.licence, p.pairs)) for p in rows]
    path.write_text('\n'.join(lines) + '\n', 'utf8')


class HeldOut:
    """Names of packages that are used to judge the product. A trailing `*` matches any ending."""

    def __init__(self, path: Path = HELD_OUT):
        self.exact: set[tuple[str, str]] = set()
        self.beginnings: list[tuple[str, str]] = []
        for line in path.read_text('utf8').splitlines():
            if not line or line.startswith('#'):
                continue
            client, name = line.split('\t')[:2]
            if name.endswith('*'):
                self.beginnings.append((client, name[:-1].lower()))
            else:
                self.exact.add((client, name.lower()))

    def holds(self, client: str, name: str) -> bool:
        name = name.lower()
        return (client, name) in self.exact or any(c == client and name.startswith(b) for c, b in self.beginnings)
