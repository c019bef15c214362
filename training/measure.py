"""Measures how well a sentence finds its function among all functions of its package, in held-out packages."""
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from corpus import Corpus

LEAST, MOST_QUESTIONS, MOST_FUNCTIONS = 40, 150, 3000


@dataclass
class Question:
    rank: int
    language: str
    package: str


def ranks(corpus: Corpus, score: Callable[[np.ndarray, np.ndarray], np.ndarray], answer_of: np.ndarray) -> list[Question]:
    """Ranks the right answer of each question. `score` gets pairs, whose sentences are the questions, and candidate answers
    (functions or chunks); `answer_of` maps each pair to its right answer."""
    questions = []
    rng = np.random.default_rng(1)
    for package in np.unique(corpus.packages[corpus.held_out]):
        pairs = np.flatnonzero(corpus.packages == package)[:MOST_FUNCTIONS]
        if len(pairs) < LEAST:
            continue
        chosen = pairs[rng.permutation(len(pairs))[:MOST_QUESTIONS]]
        answers = np.unique(answer_of[pairs])
        scores = score(chosen, answers)
        own = scores[np.arange(len(chosen)), np.searchsorted(answers, answer_of[chosen])][:, None]
        # Ties count half, so that a constant score gains nothing.
        place = 1 + (scores > own).sum(1) + ((scores == own).sum(1) - 1) / 2
        questions += [Question(float(p), corpus.languages[pair], package) for p, pair in zip(place, chosen)]
    return questions


def table(questions: list[Question]) -> dict[str, tuple[int, int, float, float, float]]:
    """Returns packages, questions, R@1, R@10 and MRR for each language, and for all languages with equal weights."""
    figures = {}
    for language in sorted({q.language for q in questions}):
        own = [q for q in questions if q.language == language]
        if len(own) < LEAST:
            continue
        place = np.array([q.rank for q in own])
        figures[language] = (len({q.package for q in own}), len(own), np.mean(place < 1.5), np.mean(place < 10.5), np.mean(1 / place))
    rows = list(figures.values())
    figures['all'] = (sum(r[0] for r in rows), sum(r[1] for r in rows), *(np.mean([r[at] for r in rows]) for at in (2, 3, 4)))
    return figures


def lines(figures: dict[str, tuple[int, int, float, float, float]]) -> str:
    return '\n'.join(f'{name:12} {p:4} {n:6}  R@1 {a:.3f}  R@10 {b:.3f}  MRR {m:.3f}' for name, (p, n, a, b, m) in figures.items())


def words_only(asked, told) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Returns a BM25 baseline over the same terms and weighted counts. Takes both matrices from `learn.matrices`."""
    def score(questions: np.ndarray, answers: np.ndarray) -> np.ndarray:
        counts = told[answers].copy()
        counts.data = np.exp2(counts.data) - 1
        lengths = np.asarray(counts.sum(1)).ravel()
        row_of = np.repeat(np.arange(len(answers)), np.diff(counts.indptr))
        norm = 0.25 + 0.75 * lengths / (lengths.mean() + 1e-9)
        counts.data = counts.data * 2.2 / (counts.data + 1.2 * norm[row_of])
        documents = np.bincount(counts.indices, minlength=counts.shape[1])
        rarity = np.log1p((len(answers) - documents + 0.5) / (documents + 0.5)).astype(np.float32)
        words = asked[questions].copy()
        words.data = rarity[words.indices]
        return (words @ counts.T).toarray()

    return score
