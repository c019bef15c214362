"""Learns a vector for each term so that the sum over a sentence's terms points where the sum over its code's terms does.

The loss compares each sentence with all codes of its batch and each code with all sentences (InfoNCE). A row's length is
the weight of its term.
"""
import time
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from corpus import Corpus


@dataclass
class Settings:
    dimensions: int = 256
    terms: int = 14_900
    rarest: int = 8
    batch: int = 2048
    epochs: float = 4
    temperature: float = 0.05
    rate: float = 0.015
    seed: int = 20
    symbol_weight: float = 6.0
    path_weight: float = 2.0
    #: Share of the terms that a step drops from questions and from code.
    drop_asked: float = 0.1
    drop_told: float = 0.2
    #: Share of the pairs to use. Less than 1 for quick experiments.
    share: float = 1.0


def strength(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Dampens weighted counts: 1 stays 1, and larger counts grow with their logarithm."""
    counts.data = np.log1p(counts.data) / np.float32(np.log(2))
    return counts


@dataclass
class Model:
    terms: list[str]
    table: np.ndarray
    settings: Settings

    def vectors(self, matrix: sparse.csr_matrix) -> np.ndarray:
        return _unit(matrix @ self.table)


def _unit(sums: np.ndarray) -> np.ndarray:
    return sums / (np.linalg.norm(sums, axis=1, keepdims=True) + 1e-6)


@dataclass
class Matrices:
    """All pairs, restricted to the terms of the table."""
    terms: list[str]
    asked: sparse.csr_matrix
    told: sparse.csr_matrix
    #: One row per chunk. `chunk_of` maps each pair to its row.
    chunks: sparse.csr_matrix
    chunk_of: np.ndarray
    rarity: np.ndarray


def matrices(corpus: Corpus, settings: Settings, learned: np.ndarray, terms: list[str] | None = None) -> Matrices:
    """Builds the matrices. Without `terms`, takes the most frequent terms of the training pairs."""
    frequency = corpus.frequencies(['sentence', 'text'], learned)
    if terms is None:
        order = np.argsort(-frequency, kind='stable')[:settings.terms]
        order = order[frequency[order] >= settings.rarest]
    else:
        number = {term: at for at, term in enumerate(corpus.terms)}
        order = np.array([number[term] for term in terms])
    rows = np.full(len(corpus.terms), -1, np.int64)
    rows[order] = np.arange(len(order))
    asked = strength(corpus.counts('sentence', rows))
    text, symbol, path = (corpus.counts(name, rows) for name in ('text', 'symbol', 'path'))
    told = _weighted(text, symbol, path, settings)
    of = corpus.chunks
    together = sparse.csr_matrix((np.ones(len(of), np.float32), (of, np.arange(len(of)))))
    largest = _largest(text, of)
    chunks = _weighted(together @ text, symbol[largest], path[largest], settings)
    rarity = np.log(learned.sum() / (1 + frequency[order]))
    return Matrices([corpus.terms[at] for at in order], asked, told, chunks, of, rarity)


def _weighted(text, symbol, path, settings: Settings) -> sparse.csr_matrix:
    return strength(sparse.csr_matrix(text + settings.symbol_weight * symbol + settings.path_weight * path))


def _largest(text: sparse.csr_matrix, of: np.ndarray) -> np.ndarray:
    """Returns the pair that represents each chunk: the one with the most terms."""
    sizes = np.asarray(text.sum(1)).ravel()
    order = np.lexsort((sizes, of))
    last = np.flatnonzero(np.diff(of[order], append=-1))
    return order[last]


def learn(data: Matrices, learned: np.ndarray, settings: Settings, report=None) -> Model:
    s, rng = settings, np.random.default_rng(settings.seed)
    count, size = len(data.terms), s.dimensions
    table = rng.standard_normal((count, size)).astype(np.float32) / np.sqrt(size)
    table *= np.clip(data.rarity, 0.3, 8)[:, None].astype(np.float32) / 5
    optimiser = Adam(table)
    pairs = np.flatnonzero(learned)
    pairs = rng.permutation(pairs)[:int(len(pairs) * s.share)]
    steps = int(s.epochs * len(pairs) / s.batch)
    order, at, begun, losses = np.array([], int), 0, time.time(), []
    for step in range(1, steps + 1):
        if at + s.batch > len(order):
            order, at = rng.permutation(pairs), 0
        batch, at = order[at:at + s.batch], at + s.batch
        asked, told = _thinned(data.asked[batch], s.drop_asked, rng), _thinned(data.told[batch], s.drop_told, rng)
        columns, asked, told = _compact(asked, told, count)
        rows = table[columns]
        q, q_length = _encoded(asked @ rows)
        d, d_length = _encoded(told @ rows)
        gradient, loss = _contrast(q @ d.T / np.float32(s.temperature))
        losses.append(loss)
        gradient /= np.float32(s.temperature)
        to_q, to_d = _through_length(gradient @ d, q, q_length), _through_length(gradient.T @ q, d, d_length)
        change = np.asarray(asked.T @ to_q + told.T @ to_d)
        optimiser.step(columns, change, s.rate * min(1, step / 50) * (1 - 0.97 * step / steps))
        if report and step % 200 == 0:
            report(step, steps, float(np.mean(losses[-200:])), time.time() - begun)
    return Model(data.terms, table, s)


class Adam:
    """Adam that only updates the rows that occur in a step."""

    def __init__(self, values: np.ndarray, first: float = 0.9, second: float = 0.99):
        self.values, self.first, self.second, self.steps = values, first, second, 0
        self.mean, self.square = np.zeros_like(values), np.zeros_like(values)

    def step(self, rows: np.ndarray, change: np.ndarray, rate: float) -> None:
        self.steps += 1
        mean = self.first * self.mean[rows] + (1 - self.first) * change
        square = self.second * self.square[rows] + (1 - self.second) * change * change
        self.mean[rows], self.square[rows] = mean, square
        scale = np.sqrt(square / np.float32(1 - self.second**self.steps))
        scale += np.float32(1e-6)
        self.values[rows] -= np.float32(rate / (1 - self.first**self.steps)) * mean / scale


def _encoded(sums: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    length = np.linalg.norm(sums, axis=1, keepdims=True) + np.float32(1e-6)
    return sums / length, length


def _through_length(gradient: np.ndarray, unit: np.ndarray, length: np.ndarray) -> np.ndarray:
    return (gradient - np.einsum('ij,ij->i', gradient, unit)[:, None] * unit) / length


def _contrast(scores: np.ndarray) -> tuple[np.ndarray, float]:
    """Returns the gradient of the mean of both cross entropies, and its value."""
    size = len(scores)
    exponents = np.exp(scores - scores.max())
    by_row, by_column = exponents.sum(1, keepdims=True), exponents.sum(0, keepdims=True)
    true = np.diag(exponents)
    loss = float(-np.mean(np.log(true / by_row[:, 0] + 1e-12) + np.log(true / by_column[0] + 1e-12)) / 2)
    gradient = exponents * (np.float32(0.5) / by_row + np.float32(0.5) / by_column)
    gradient[np.arange(size), np.arange(size)] -= 1
    gradient /= size
    return gradient, loss


def _thinned(texts: sparse.csr_matrix, share: float, rng: np.random.Generator) -> sparse.csr_matrix:
    texts = texts.copy()
    texts.data *= rng.random(texts.nnz, np.float32) > share
    return texts


def _compact(asked: sparse.csr_matrix, told: sparse.csr_matrix, count: int):
    """Drops the columns that neither matrix uses."""
    used = np.zeros(count, bool)
    used[asked.indices] = True
    used[told.indices] = True
    columns = np.flatnonzero(used)
    place = np.zeros(count, np.int32)
    place[columns] = np.arange(len(columns), dtype=np.int32)

    def smaller(matrix):
        return sparse.csr_matrix((matrix.data, place[matrix.indices], matrix.indptr), shape=(matrix.shape[0], len(columns)))

    return columns, smaller(asked), smaller(told)
