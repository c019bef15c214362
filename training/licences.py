"""Decides which licences permit learning from a package, and finds the licence of a package for each client."""
import email
import json
import re
import tomllib
import xml.etree.ElementTree as xml
from pathlib import Path

_NAMES = [
    (r'MIT-0|MIT|Expat', 'MIT'), (r'Apache[- ]?(?:Software )?(?:License)?.{0,20}2(?:\.0)?|ASL ?2(?:\.0)?|Apache-2|Apache', 'Apache-2.0'),
    (r'0BSD', '0BSD'), (r'BSD-?[ _]?2|2-?clause|Simplified BSD', 'BSD-2-Clause'), (r'BSD|3-?clause|Eclipse Distribution License|EDL', 'BSD-3-Clause'),
    (r'ISC', 'ISC'), (r'PSF|Python Software Foundation|Python-2\.0|CNRI', 'PSF-2.0'), (r'Zlib', 'Zlib'),
    (r'Unlicense|Public Domain', 'Unlicense'), (r'CC0', 'CC0-1.0'),
    (r'Bouncy Castle', 'MIT'),
]
_NOT = re.compile(
    r'GPL|MPL|Mozilla|EPL|Eclipse Public|CDDL|BUSL|Business|SSPL|Elastic|'
    r'Commons Clause|proprietary|commercial|non-?commercial|CC-BY|UNLICENSED', re.I)


def permissive(text: str) -> str | None:
    """Returns the permissive licence in an expression. One side of `A OR B` is enough; `A AND B` needs both."""
    text = re.sub(r',?\s*[Vv]ersion', ' version', text.strip().strip('()'))
    if not text or len(text) > 300:
        return None
    choices = re.split(r'\s+OR\s+|\s*/\s*', text)
    for choice in choices:
        parts = re.split(r'\s+AND\s+|\s*,\s*', choice.strip(' ()'))
        found = [_one(part.strip(' ()')) for part in parts]
        if all(found):
            return ' AND '.join(dict.fromkeys(found))
    return None


def _one(text: str) -> str | None:
    if _NOT.search(text):
        return None
    return next((name for pattern, name in _NAMES if re.search(rf'(?<![A-Za-z]){pattern}(?![A-Za-z])', text, re.I)), None)


def licence_of_text(text: str) -> str | None:
    """Recognises the licence in a licence file by its wording."""
    head = re.sub(r'\s+', ' ', text[:3000])
    if re.search(r'GNU (?:LESSER |AFFERO )?GENERAL PUBLIC|Mozilla Public|Business Source|Server Side Public', head, re.I):
        return None
    if 'Apache License' in head and 'Version 2.0' in head:
        return 'Apache-2.0'
    if 'Permission is hereby granted, free of charge' in head:
        return 'MIT'
    if 'Redistribution and use in source and binary forms' in head:
        return 'BSD-3-Clause' if 'endorse' in text[:5000] else 'BSD-2-Clause'
    if 'Permission to use, copy, modify, and/or distribute' in head or 'Permission to use, copy, modify, and distribute' in head:
        return 'ISC'
    return 'Unlicense' if 'free and unencumbered software' in head else None


def of_python(folder: Path) -> str | None:
    metadata = next(folder.glob('*.dist-info/METADATA'), None) or next(folder.glob('*/PKG-INFO'), None)
    if metadata is None:
        return None
    headers = email.message_from_string(metadata.read_text('utf8', 'replace'))
    if expression := headers.get('License-Expression'):
        return permissive(expression)
    named = [c.split(' :: ')[-1] for c in headers.get_all('Classifier', []) if c.startswith('License ::')]
    named = [name for name in named if name != 'OSI Approved']
    if named:
        found = [permissive(name) for name in named]
        return ' AND '.join(dict.fromkeys(found)) if all(found) else None
    text = headers.get('License') or ''
    return permissive(text) if len(text) < 120 else licence_of_text(text)


def of_npm(folder: Path) -> str | None:
    data = json.loads((folder / 'package.json').read_text('utf8', 'replace'))
    licence = data.get('license') or data.get('licenses')
    if isinstance(licence, list):
        licence = ' OR '.join(entry.get('type', '') if isinstance(entry, dict) else str(entry) for entry in licence)
    if isinstance(licence, dict):
        licence = licence.get('type', '')
    return permissive(licence or '')


def of_cargo(folder: Path) -> str | None:
    return permissive(tomllib.loads((folder / 'Cargo.toml').read_text('utf8')).get('package', {}).get('license', ''))


def of_go(folder: Path) -> str | None:
    found = [path for path in folder.iterdir() if path.is_file() and re.match(r'(?i)(un)?licen[sc]e|copying', path.name)]
    licences = [licence_of_text(path.read_text('utf8', 'replace')) for path in sorted(found)]
    return licences[0] if licences and all(licences) else None


def of_maven(pom: Path) -> str | None:
    """Reads the licence from the POM or its nearest parent that names one. The parents are in the client's store."""
    store = pom.parents[3]
    while pom.exists():
        root = xml.fromstring(re.sub(rb'\sxmlns="[^"]*"', b'', pom.read_bytes(), count=1))
        names = [name.text or '' for name in root.findall('licenses/license/name')]
        if names:
            return next((found for found in map(permissive, names) if found), None)
        parent = root.find('parent')
        if parent is None:
            return None
        group, artifact, version = (parent.findtext(tag, '').strip() for tag in ('groupId', 'artifactId', 'version'))
        while not (store / 'org').exists() and store != store.parent:
            store = store.parent
        pom = store / group.replace('.', '/') / artifact / version / f'{artifact}-{version}.pom'
    return None


def of_debian(folder: Path) -> str | None:
    """Returns the licence if the copyright file is machine-readable and everything in it about the package's own files is permissive."""
    copyright_file = next(folder.glob('debian/copyright'), None)
    if copyright_file is None:
        return None
    stanzas = re.split(r'\n\s*\n', copyright_file.read_text('utf8', 'replace'))
    own = [s for s in stanzas if re.search(r'^Files:\s*\*\s*$', s, re.M)]
    named = [m[1].strip() for s in own if (m := re.search(r'^License:\s*(.+)$', s, re.M))]
    return permissive(re.sub(r'\bor\b', 'OR', re.sub(r'\band\b', 'AND', named[0]))) if named else None
