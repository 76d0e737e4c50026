#!/usr/bin/env python3
"""Writes a tiny encoder of each kind with random weights, and what transformers computes with it.

    python3 encoders.py

Needs torch, transformers, tokenizers. Each folder in `encoders/` is as `save_pretrained` leaves it, and has

    hidden.npy     [layers + 1, T, H]       what goes into the first layer, and what each layer makes
    attention.npy  [layers, heads, T, T]    softmax(q k^T / sqrt(d))

of SENTENCE. RoBERTa is saved in several files, as large models are, with vocab.json and merges.txt; the others
have a vocab.txt, but ELECTRA a tokenizer.json.
"""

import json
from pathlib import Path

import numpy as np
import torch
from tokenizers import ByteLevelBPETokenizer, Tokenizer
from transformers import (
    BertConfig, BertModel, BertTokenizer, DistilBertConfig, DistilBertModel, ElectraConfig, ElectraModel,
    RobertaConfig, RobertaModel,
)

SENTENCE = "The cats sat, 你."
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "cat", "##s", "sat", ",", "."]
OUT = Path(__file__).parent / "encoders"


def word_pieces(folder: Path, whole: bool) -> list[int]:
    vocabulary = folder / "vocab.txt"
    vocabulary.write_text("\n".join(WORDS) + "\n")
    tokenizer = BertTokenizer(vocab={word: id for id, word in enumerate(WORDS)}, do_lower_case=True)
    ids = tokenizer(SENTENCE)["input_ids"]
    if whole:
        vocabulary.unlink()
        tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    return ids


def byte_pairs(folder: Path) -> list[int]:
    tokenizer = ByteLevelBPETokenizer()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(["the cats sat on the mat"] * 3, 266, 2, special_tokens=special)
    tokenizer.save_model(str(folder))
    return [0, *tokenizer.encode(SENTENCE).ids, 2]


def write(name: str, model, ids, **saved) -> None:
    folder = OUT / name
    # First values are small, so that everything would look alike.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    model.eval()
    model.save_pretrained(folder, **saved)
    model = type(model).from_pretrained(folder, attn_implementation="eager").double().eval()
    with torch.no_grad():
        out = model(torch.tensor([ids]), output_hidden_states=True, output_attentions=True)
    np.save(folder / "hidden.npy", torch.cat(out.hidden_states).float().numpy())
    np.save(folder / "attention.npy", torch.cat(out.attentions).float().numpy())
    (folder / "ids.json").write_text(json.dumps(ids) + "\n")
    print(name, ids)


def main() -> None:
    torch.manual_seed(7)
    for name in ["bert", "distilbert", "roberta", "electra"]:
        (OUT / name).mkdir(parents=True, exist_ok=True)
    sizes = dict(hidden_size=8, num_hidden_layers=2, num_attention_heads=2, intermediate_size=12)
    words = dict(vocab_size=len(WORDS), max_position_embeddings=12)
    ids = word_pieces(OUT / "bert", False)
    write("bert", BertModel(BertConfig(**sizes, **words)), ids)
    ids = word_pieces(OUT / "distilbert", False)
    write("distilbert", DistilBertModel(DistilBertConfig(dim=8, n_layers=2, n_heads=2, hidden_dim=12, **words)), ids)
    ids = byte_pairs(OUT / "roberta")
    config = RobertaConfig(vocab_size=266, max_position_embeddings=20, type_vocab_size=1, layer_norm_eps=1e-5, **sizes)
    write("roberta", RobertaModel(config, add_pooling_layer=False), ids, max_shard_size="6KB")
    ids = word_pieces(OUT / "electra", True)
    write("electra", ElectraModel(ElectraConfig(embedding_size=4, **sizes, **words)), ids)


main()
