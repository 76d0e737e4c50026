#!/usr/bin/env python3
"""Writes tiny vision transformers with random weights under the names of each library, and what torch makes of a picture.

    python3 vits.py

Needs torch, timm, torchvision, transformers, safetensors. Each folder in `vits/` has the weights, a config.json with the
number of heads, and

    logits.npy     [1, 5]          before softmax
    attention.npy  [1, 3, T, T]    softmax(q k^T / sqrt(d)) of the second block, where the library gives it
"""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer
from torchvision.models import VisionTransformer as Torchvision
from transformers import (
    DeiTConfig, DeiTForImageClassificationWithTeacher, ViTConfig, ViTForImageClassification,
)

OUT = Path(__file__).parent / "vits"
SIZES = dict(
    hidden_size=24, num_hidden_layers=2, num_attention_heads=3, intermediate_size=32, image_size=32, patch_size=8,
    num_labels=5, attn_implementation="eager",
)


def picture() -> torch.Tensor:
    i = np.arange(32 * 32)
    planes = np.stack([i % 32 * 8, i // 32 * 8, i * 37 % 256]).reshape(1, 3, 32, 32) / 255
    return torch.from_numpy((planes - 0.5) / 0.5)


def stirred(model):
    # First values are small or 0, so that everything would look alike.
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    return model.eval()


def write(name: str, logits, attention=None) -> None:
    np.save(OUT / name / "logits.npy", logits.detach().float().numpy())
    if attention is not None:
        np.save(OUT / name / "attention.npy", attention.detach().float().numpy())


def save(name: str, model, config: dict) -> None:
    (OUT / name).mkdir(parents=True, exist_ok=True)
    save_file(model.state_dict(), OUT / name / "model.safetensors")
    (OUT / name / "config.json").write_text(json.dumps(config) + "\n")


def main() -> None:
    torch.manual_seed(11)
    half = dict(mean=[0.5] * 3, std=[0.5] * 3, crop_pct=1.0)
    heads = dict(num_attention_heads=3, pretrained_cfg=half)
    shape = dict(img_size=32, patch_size=8, embed_dim=24, depth=2, num_heads=3, mlp_ratio=32 / 24, num_classes=5)
    model = stirred(VisionTransformer(**shape))
    save("timm", model, heads)
    model = model.double()
    seen = []
    attention = model.blocks[1].attn
    attention.fused_attn = False
    attention.attn_drop.register_forward_hook(lambda _module, _inputs, output: seen.append(output))
    logits = model(picture())
    write("timm", logits, seen[0])

    model = stirred(Torchvision(32, 8, 2, 3, 24, 32, num_classes=5))
    save("torchvision", model, heads)
    write("torchvision", model.double()(picture()))

    for name, kind, config in [
        ("hf_vit", ViTForImageClassification, ViTConfig(**SIZES)),
        ("hf_deit", DeiTForImageClassificationWithTeacher, DeiTConfig(**SIZES)),
    ]:
        model = stirred(kind(config))
        model.save_pretrained(OUT / name)
        about = dict(image_mean=[0.5] * 3, image_std=[0.5] * 3)
        (OUT / name / "preprocessor_config.json").write_text(json.dumps(about) + "\n")
        out = model.double()(picture(), output_attentions=True)
        write(name, out.logits, out.attentions[1])


main()
