"""Writes the file that service/embedding/static/table-file.ts reads."""
import hashlib
import json
import struct
from pathlib import Path

import numpy as np

from learn import Model, Settings

MAGIC, FORMAT_VERSION = b'cbstatic', 1


def write_table(model: Model, path: Path) -> str:
    rows, scales = quantised(model.table)
    terms = '\n'.join(model.terms).encode('utf8')
    s = model.settings
    header = json.dumps({
        'dimensions': model.table.shape[1], 'terms': len(model.terms), 'termBytes': len(terms),
        'weights': {'text': 1, 'symbol': s.symbol_weight, 'path': s.path_weight},
    }, separators=(',', ':')).encode('ascii')
    body = b''.join([MAGIC, struct.pack('<II', FORMAT_VERSION, len(header)), header, terms, rows.tobytes(),
                     scales.astype('<f4').tobytes()])
    checksum = hashlib.sha256(body)
    path.write_bytes(body + checksum.digest())
    return checksum.hexdigest()


def quantised(table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scales = np.abs(table).max(1) / 127 + 1e-12
    return np.rint(table / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def read_table(path: Path) -> Model:
    data = path.read_bytes()
    body, checksum = data[:-32], data[-32:]
    assert body.startswith(MAGIC) and hashlib.sha256(body).digest() == checksum, f'{path} is no whole table'
    _, length = struct.unpack_from('<II', body, len(MAGIC))
    start = len(MAGIC) + 8
    header = json.loads(body[start:start + length])
    count, size = header['terms'], header['dimensions']
    at = start + length + header['termBytes']
    terms = body[start + length:at].decode('utf8').split('\n')
    rows = np.frombuffer(body, np.int8, count * size, at).reshape(count, size)
    scales = np.frombuffer(body, '<f4', count, at + count * size)
    weights = header['weights']
    settings = Settings(dimensions=size, terms=count, symbol_weight=weights['symbol'], path_weight=weights['path'])
    return Model(terms, rows * scales[:, None], settings)
