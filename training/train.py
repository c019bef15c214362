#!/usr/bin/env python3
"""Trains the table of term vectors, from the manifest of packages to the file that the service reads.

    train.py WORK                                    runs all steps, and skips those whose results are in WORK
    train.py WORK fetch|pairs|terms|learn|measure    runs one step again

Needs Python 3.11, requirements.txt, and the clients of the registries that the manifest names.
"""
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
TABLE = ROOT / 'service/embedding/static/table.bin'
STEPS = ('fetch', 'pairs', 'terms', 'learn', 'measure')


def fetch_step(work: Path) -> None:
    from fetch import fetch_all
    from packages import read_manifest, write_manifest

    write_manifest(fetch_all(read_manifest(), work), work / 'fetched.tsv')


def pairs_step(work: Path) -> None:
    from packages import read_manifest, write_manifest
    from pairs import write_pairs

    kept = write_pairs(read_manifest(work / 'fetched.tsv'), work, work / 'pairs.jsonl')
    write_manifest(kept, work / 'packages.tsv')


def terms_step(work: Path) -> None:
    node = ROOT / 'node_modules/.bin/node'
    subprocess.run([node, ROOT / 'training/tokens.ts', work / 'terms', work / 'pairs.jsonl'], check=True)


def learn_step(work: Path) -> None:
    from corpus import Corpus
    from learn import Settings, learn, matrices
    from table_file import write_table

    corpus, settings = Corpus(work / 'terms'), Settings()
    learned = ~corpus.held_out
    model = learn(matrices(corpus, settings, learned), learned, settings, _report)
    print('SHA-256', write_table(model, TABLE))


def measure_step(work: Path) -> None:
    import numpy as np
    from corpus import Corpus
    from learn import Settings, matrices
    from measure import lines, ranks, table, words_only
    from table_file import read_table

    corpus, model = Corpus(work / 'terms'), read_table(TABLE)
    data = matrices(corpus, Settings(), ~corpus.held_out, model.terms)
    for what, told, answer_of in (('functions', data.told, np.arange(len(corpus.languages))), ('chunks', data.chunks, data.chunk_of)):
        by_table = ranks(corpus, lambda q, d: model.vectors(data.asked[q]) @ model.vectors(told[d]).T, answer_of)
        print(f'{what}, by the table:\n{lines(table(by_table))}')
        print(f'{what}, by words (BM25):\n{lines(table(ranks(corpus, words_only(data.asked, told), answer_of)))}')


def _report(step: int, steps: int, loss: float, seconds: float) -> None:
    print(f'step {step} of {steps}, loss {loss:.3f}, {seconds:.0f} s', flush=True)


RESULTS = {'fetch': 'fetched.tsv', 'pairs': 'pairs.jsonl', 'terms': 'terms/rows.tsv'}
RUN = {'fetch': fetch_step, 'pairs': pairs_step, 'terms': terms_step, 'learn': learn_step, 'measure': measure_step}


def main(folder: str, step: str | None = None) -> None:
    work = Path(folder).resolve()
    work.mkdir(parents=True, exist_ok=True)
    for name in (step,) if step else STEPS:
        if step or name not in RESULTS or not (work / RESULTS[name]).exists():
            print(f'-- {name}', flush=True)
            RUN[name](work)


if __name__ == '__main__':
    main(*sys.argv[1:3])
