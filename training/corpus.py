"""Loads the pairs as matrices of term counts, split by package into a training set and a test set."""
import hashlib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import scipy.sparse as sparse

HELD_SHARE = 0.08
#: About the number of terms in 1,500 characters, the size up to which an index joins neighbours.
CHUNK_TERMS = 220


def group_of(package: str) -> str:
    """Returns the project of a package. All packages of a project are on the same side of the split."""
    client, name = package.split(' ', 1)
    if client == 'npm':
        return f'{client} {name.split("/")[0]}' if name.startswith('@') else f'{client} {name.split("-")[0]}'
    if client == 'go':
        return f'{client} {"/".join(name.split("/")[:2])}'
    if client == 'maven':
        return f'{client} {name.split(":")[0]}'
    return f'{client} {name.replace("_", "-").split("-")[0].lower()}'


def is_held_out(package: str) -> bool:
    return int(hashlib.sha256(group_of(package).encode()).hexdigest()[:8], 16) / 2**32 < HELD_SHARE


@dataclass
class Corpus:
    folder: Path
    terms: list[str] = field(init=False)
    languages: np.ndarray = field(init=False)
    packages: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.terms = (self.folder / 'terms.txt').read_text('utf8').split('\n')
        rows = [line.split('\t') for line in (self.folder / 'rows.tsv').read_text('utf8').split('\n')]
        self.languages = np.array([row[0] for row in rows])
        self.packages = np.array([row[1] for row in rows])

    @cached_property
    def held_out(self) -> np.ndarray:
        names, which = np.unique(self.packages, return_inverse=True)
        return np.array([is_held_out(name) for name in names])[which]

    def counts(self, name: str, rows: np.ndarray) -> sparse.csr_matrix:
        """Counts each term in a field of each pair. `rows` maps a term to its column, or to -1 to drop it."""
        ids = rows[np.fromfile(self.folder / f'{name}.ids', np.uint32)]
        ends = np.fromfile(self.folder / f'{name}.ends', np.uint32).astype(np.int64)
        kept = ids >= 0
        before = np.concatenate([[0], np.cumsum(kept)])
        starts = np.concatenate([[0], before[ends]]).astype(np.int64)
        matrix = sparse.csr_matrix((np.ones(kept.sum(), np.float32), ids[kept].astype(np.int32), starts), shape=(len(ends), rows.max() + 1))
        matrix.sum_duplicates()
        return matrix

    @cached_property
    def chunks(self) -> np.ndarray:
        """Assigns a chunk to each pair: neighbours in a file share one, up to the size of a chunk of an index."""
        ids = np.fromfile(self.folder / 'path.ids', np.uint32)
        ends = np.fromfile(self.folder / 'path.ends', np.uint32).astype(np.int64)
        sizes = np.diff(np.fromfile(self.folder / 'text.ends', np.uint32).astype(np.int64), prepend=0)
        starts = np.concatenate([[0], ends[:-1]])
        files: dict[tuple[str, bytes], list[int]] = {}
        for pair, package in enumerate(self.packages):
            files.setdefault((package, ids[starts[pair]:ends[pair]].tobytes()), []).append(pair)
        numbers, next_number = np.zeros(len(ends), np.int64), 0
        for pairs in files.values():
            size = 0
            for pair in pairs:
                if size and size + sizes[pair] > CHUNK_TERMS:
                    next_number, size = next_number + 1, 0
                numbers[pair] = next_number
                size += sizes[pair]
            next_number += 1
        return numbers

    def frequencies(self, names: list[str], of: np.ndarray) -> np.ndarray:
        """Counts the chosen pairs that contain each term, summed over the fields."""
        total = np.zeros(len(self.terms), np.int64)
        for name in names:
            ids = np.fromfile(self.folder / f'{name}.ids', np.uint32)
            ends = np.fromfile(self.folder / f'{name}.ends', np.uint32).astype(np.int64)
            pair = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))
            chosen = of[pair]
            keys = np.unique(pair[chosen] * len(self.terms) + ids[chosen])
            total += np.bincount(keys % len(self.terms), minlength=len(self.terms))
        return total
