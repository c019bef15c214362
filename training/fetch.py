"""Fetches the sources of the packages in the manifest into WORK/sources, with each registry's ordinary client.

A row without a version gets the newest one and its licence, and stays only if the licence is permissive.
"""
import json
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import licences
from packages import HeldOut, Package

SUFFIXES = {'.py', '.go', '.java', '.kt', '.scala', '.rs', '.ts', '.tsx', '.mts', '.js', '.mjs', '.jsx', '.rb', '.php', '.c', '.h',
            '.cc', '.cpp', '.cxx', '.hpp', '.hh', '.cs', '.swift', '.ex', '.exs', '.lua', '.hs', '.pl', '.pm', '.zig', '.sh'}
LICENCE_FILES = re.compile(r'(^|/)(METADATA|PKG-INFO|package\.json|Cargo\.toml|copyright)$')
AT_ONCE = 4


def fetch_all(packages: list[Package], work: Path) -> list[Package]:
    held_out = HeldOut()
    wanted = [p for p in packages if not held_out.holds(p.client, p.name)]
    by_client = {client: [p for p in wanted if p.client == client] for client in ('pip', 'npm', 'go', 'cargo', 'maven', 'debian')}
    fetched = []
    with ThreadPoolExecutor(3) as pool:
        for done in pool.map(lambda client: CLIENTS[client](by_client[client], work), by_client):
            fetched += done
    return [p for p in fetched if p.licence and not held_out.holds(p.client, p.name)]


def _run(*command: str, folder: Path | str = '/tmp') -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f'{" ".join(command)[:200]}: {(done.stderr or done.stdout)[-500:]}')
    return done.stdout


def _each(packages: list[Package], fetch) -> list[Package]:
    def tried(package: Package) -> Package | None:
        try:
            return fetch(package)
        except Exception as error:
            print(f'left out {package.key}: {str(error)[:300]}', flush=True)
            return None

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [p for p in pool.map(tried, packages) if p]


def _place(package: Package, work: Path) -> Path:
    return work / 'sources' / package.folder


def _keep(package: Package, work: Path, licence: str | None) -> Package | None:
    if licence:
        package.licence = licence
        print(f'{package.key}\t{licence}', flush=True)
        return package
    print(f'left out {package.key}: no clear permissive licence', flush=True)
    shutil.rmtree(_place(package, work), ignore_errors=True)
    return None


def _unpack(archive: Path, place: Path, strip: int = 0) -> None:
    place.mkdir(parents=True, exist_ok=True)
    if archive.name.endswith(('.whl', '.zip', '.jar')):
        with zipfile.ZipFile(archive) as box:
            entries = [(e.filename, e.file_size, lambda e=e: box.read(e)) for e in box.infolist() if not e.is_dir()]
            _write(entries, place, strip)
    else:
        with tarfile.open(archive) as box:
            entries = [(e.name, e.size, lambda e=e: box.extractfile(e).read()) for e in box if e.isfile()]
            _write(entries, place, strip)


def _write(entries, place: Path, strip: int) -> None:
    for name, size, read in entries:
        parts = Path(name).parts[strip:]
        wanted = Path(name).suffix in SUFFIXES or LICENCE_FILES.search(name)
        if not parts or '..' in parts or not wanted or size > 1_000_000:
            continue
        target = place.joinpath(*parts)
        if len(str(target)) < 400:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(read())


def _pip(packages: list[Package], work: Path) -> list[Package]:
    def fetch(package: Package) -> Package | None:
        with tempfile.TemporaryDirectory() as folder:
            asked = package.name + (f'=={package.version}' if package.version else '')
            _run('pip', 'download', '-q', '--no-deps', '--only-binary=:all:', '--disable-pip-version-check', '-d', folder, asked)
            wheel = next(Path(folder).iterdir())
            package.version = wheel.name.split('-')[1]
            _unpack(wheel, _place(package, work))
        return _keep(package, work, licences.of_python(_place(package, work)))

    return _each(packages, fetch)


def _npm(packages: list[Package], work: Path) -> list[Package]:
    def fetch(package: Package) -> Package | None:
        with tempfile.TemporaryDirectory() as folder:
            asked = package.name + (f'@{package.version}' if package.version else '')
            packed = json.loads(_run('npm', 'pack', '--json', '--ignore-scripts', asked, folder=folder))[0]
            package.version = packed['version']
            _unpack(next(Path(folder).glob('*.tgz')), _place(package, work), strip=1)
        return _keep(package, work, licences.of_npm(_place(package, work)))

    return _each(packages, fetch)


def _go(packages: list[Package], work: Path) -> list[Package]:
    def fetch(package: Package) -> Package | None:
        asked = f'{package.name}@{package.version or "latest"}'
        found = json.loads(_run('go', 'mod', 'download', '-json', asked))
        package.version = found['Version']
        source = Path(found['Dir'])
        place = _place(package, work)
        for path in source.rglob('*.go'):
            if path.stat().st_size < 1_000_000:
                target = place / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
        return _keep(package, work, licences.of_go(source))

    return _each(packages, fetch)


def _cargo(packages: list[Package], work: Path) -> list[Package]:
    """Fetches rows without a version together with their dependencies, and rows with a version alone."""
    if not packages:
        return []
    pinned = {p.key for p in packages if p.version}
    project = work / 'cargo-project'
    (project / 'src').mkdir(parents=True, exist_ok=True)
    (project / 'src/lib.rs').write_text('')
    rows = [f'c{at} = {{ package = "{p.name}", version = "{"=" + p.version if p.version else "*"}" }}' for at, p in enumerate(packages)]
    (project / 'Cargo.toml').write_text('[package]\nname = "p"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\n' + '\n'.join(rows))
    vendored = work / 'cargo-vendor'
    _run('cargo', 'vendor', '-q', '--versioned-dirs', str(vendored), folder=project)
    roots_given = len(pinned) < len(packages)
    kept = []
    for folder in sorted(vendored.iterdir()):
        name, version = re.fullmatch(r'(.+?)-(\d+\.\d+\.\d+.*)', folder.name).groups()
        package = Package('cargo', name, version.split('+')[0])
        if not roots_given and package.key not in pinned:
            continue
        place = _place(package, work)
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.symlink_to(folder)
        if licence := licences.of_cargo(folder):
            package.licence = licence
            kept.append(package)
    return kept


def _maven(packages: list[Package], work: Path) -> list[Package]:
    """Fetches everything in one run of the client. Drops what the client cannot find and tries the rest again."""
    store = work / 'maven-store'
    wanted, kept = list(packages), []
    project = work / 'maven-project'
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    while wanted:
        dependencies = ''.join(_dependency(p) for p in wanted)
        (project / 'pom.xml').write_text(
            '<project><modelVersion>4.0.0</modelVersion><groupId>p</groupId><artifactId>p</artifactId><version>1</version>'
            f'<packaging>pom</packaging><dependencies>{dependencies}</dependencies></project>')
        done = subprocess.run(['mvn', '-q', '-B', f'-Dmaven.repo.local={store}', 'dependency:copy-dependencies',
                               '-DexcludeTransitive=true', '-DoutputDirectory=jars', '-Dmdep.useRepositoryLayout=true'],
                              cwd=project, capture_output=True, text=True)
        if done.returncode == 0:
            break
        missing = set(re.findall(r'([\w.-]+:[\w.-]+):(?:jar|pom):', done.stdout + done.stderr))
        left = [p for p in wanted if p.name not in missing]
        print(f'left out: {sorted(missing)}' if len(left) < len(wanted) else done.stdout[-2000:], flush=True)
        if len(left) == len(wanted):
            break
        wanted = left
    for package in wanted:
        group, artifact = package.name.split(':')
        jar = next((project / 'jars' / group.replace('.', '/') / artifact).glob('*/*-sources.jar'), None)
        if jar is None:
            continue
        package.version = jar.parent.name
        _unpack(jar, _place(package, work))
        pom = store / group.replace('.', '/') / artifact / package.version / f'{artifact}-{package.version}.pom'
        if found := _keep(package, work, licences.of_maven(pom)):
            kept.append(found)
    return kept


def _dependency(package: Package) -> str:
    group, artifact = package.name.split(':')
    return (f'<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId><version>{package.version or "RELEASE"}</version>'
            '<classifier>sources</classifier><exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions></dependency>')


def _debian(packages: list[Package], work: Path) -> list[Package]:
    """Fetches source packages, from the machine's own package lists turned into source lists."""
    if not packages:
        return []
    lists = work / 'debian-lists'
    (lists / 'parts').mkdir(parents=True, exist_ok=True)
    (lists / 'state/partial').mkdir(parents=True, exist_ok=True)
    for listed in Path('/etc/apt/sources.list.d').glob('*.sources'):
        (lists / 'parts' / listed.name).write_text(re.sub(r'(?m)^Types:.*', 'Types: deb-src', listed.read_text()))
    options = ('-o', f'Dir::Etc::sourceparts={lists}/parts', '-o', 'Dir::Etc::sourcelist=/dev/null', '-o', f'Dir::State::lists={lists}/state')
    _run('apt-get', *options, '-q', 'update')

    def fetch(package: Package) -> Package | None:
        with tempfile.TemporaryDirectory() as folder:
            asked = package.name + (f'={package.version}' if package.version else '')
            _run('apt-get', *options, '-q', 'source', '--download-only', '--only-source', asked, folder=folder)
            description = next(Path(folder).glob('*.dsc')).read_text('utf8', 'replace')
            package.version = re.search(r'(?m)^Version: (\S+)', description)[1]
            place = _place(package, work)
            for archive in Path(folder).iterdir():
                if re.search(r'\.tar\.(gz|xz|bz2)$', archive.name):
                    is_debian = '.debian.tar.' in archive.name
                    _unpack(archive, place, strip=0 if is_debian else 1)
        return _keep(package, work, licences.of_debian(place))

    return _each(packages, fetch)


CLIENTS = {'pip': _pip, 'npm': _npm, 'go': _go, 'cargo': _cargo, 'maven': _maven, 'debian': _debian}
