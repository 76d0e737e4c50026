#!/usr/bin/env python3
"""Writes the reference arrays that the sentence encoder is held against.

    python3 minilm_attention.py MODEL_DIR [OUT_DIR]

MODEL_DIR holds the original all-MiniLM-L6-v2 files: model.safetensors (float32), tokenizer.json
and config.json. OUT_DIR is this script's folder unless given. Needs numpy, safetensors, tokenizers.

    minilm_attention.npy  [6, 12, 16, 16]  softmax(q k^T / sqrt(32)) of every layer and head
    minilm_embedding.npy  [384]            mean over the tokens after the last layer, length 1

The network is BERT (Devlin et al. 2018): embeddings and a layer norm, then six layers of
self-attention and a two-layer perceptron with the exact GELU, each followed by a residual sum and
a layer norm. All arithmetic is float64; only the results are rounded to float32.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file
from tokenizers import Tokenizer

SENTENCE = "The animal didn't cross the street because it was too tired."


def main(model_dir: Path, out_dir: Path) -> None:
    config = json.loads((model_dir / "config.json").read_text())
    stored = load_file(model_dir / "model.safetensors")
    weights = {name: array.astype(np.float64) for name, array in stored.items()}
    tokenizer = Tokenizer.from_file(str(model_dir / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    encoding = tokenizer.encode(SENTENCE)
    print(" ".join(encoding.tokens))
    assert len(encoding.ids) == 16

    attention, embedding = encode(weights, config, encoding.ids)
    np.save(out_dir / "minilm_attention.npy", np.stack(attention).astype(np.float32))
    np.save(out_dir / "minilm_embedding.npy", embedding.astype(np.float32))


def encode(weights, config, ids):
    """The attention of each layer, [heads, T, T], and the sentence's embedding, [H]."""
    heads = config["num_attention_heads"]
    epsilon = config["layer_norm_eps"]

    def linear(x, name):
        return x @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]

    def norm(x, name):
        centred = x - x.mean(axis=-1, keepdims=True)
        variance = (centred**2).mean(axis=-1, keepdims=True)
        scaled = centred / np.sqrt(variance + epsilon)
        return scaled * weights[f"{name}.weight"] + weights[f"{name}.bias"]

    def split(x):
        return x.reshape(len(ids), heads, -1).swapaxes(0, 1)  # [heads, T, H / heads]

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = x + weights["embeddings.token_type_embeddings.weight"][0]
    x = norm(x, "embeddings.LayerNorm")

    attention = []
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        q, k, v = (
            split(linear(x, f"{layer}.attention.self.{part}")) for part in ("query", "key", "value")
        )
        scores = q @ k.swapaxes(1, 2) / math.sqrt(q.shape[-1])
        rising = np.exp(scores - scores.max(axis=-1, keepdims=True))
        p = rising / rising.sum(axis=-1, keepdims=True)
        attention.append(p)
        mixed = (p @ v).swapaxes(0, 1).reshape(x.shape)
        x = norm(x + linear(mixed, f"{layer}.attention.output.dense"), f"{layer}.attention.output.LayerNorm")
        inner = linear(x, f"{layer}.intermediate.dense")
        inner = inner * 0.5 * (1.0 + np.vectorize(math.erf)(inner / math.sqrt(2.0)))
        x = norm(x + linear(inner, f"{layer}.output.dense"), f"{layer}.output.LayerNorm")

    embedding = x.mean(axis=0)
    return attention, embedding / np.linalg.norm(embedding)


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    here = Path(__file__).resolve().parent
    main(Path(sys.argv[1]), Path(sys.argv[2]) if len(sys.argv) == 3 else here)
