"""Indexes a folder with semble, then answers questions, one JSON text per line. Uses random weights in the model's format.

    ask-semble.py FOLDER MODEL_FOLDER

Prints the time of indexing, then the time of each answer, one per line.
"""
import json
import os
import random
import sys
import time

TOKENS = 62_500
DIMENSIONS = 256


def make_model(folder: str, model: str) -> None:
    import numpy
    from model2vec import StaticModel
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

    paths = [os.path.join(parent, name) for parent, _, names in os.walk(folder) for name in names]
    random.Random(1).shuffle(paths)
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(vocab_size=TOKENS, special_tokens=["[PAD]", "[UNK]"], show_progress=False)
    texts = (open(path, encoding="utf8", errors="replace").read() for path in paths[:1000])
    tokenizer.train_from_iterator(texts, trainer)
    vectors = numpy.random.default_rng(1).normal(size=(tokenizer.get_vocab_size(), DIMENSIONS)).astype("float32")
    StaticModel(vectors, tokenizer, normalize=True).save_pretrained(model)


def main(folder: str, model: str) -> None:
    if not os.path.exists(os.path.join(model, "config.json")):
        make_model(folder, model)
    from semble import SembleIndex

    began = time.perf_counter()
    index = SembleIndex.from_path(folder, model_path=model)
    tell(index_ms=(time.perf_counter() - began) * 1000, chunks=index.stats.total_chunks, files=index.stats.indexed_files)
    for line in sys.stdin:
        query = json.loads(line)
        began = time.perf_counter()
        results = index.search(query, top_k=10)
        tell(ms=(time.perf_counter() - began) * 1000, results=len(results))


def tell(**what: float) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
